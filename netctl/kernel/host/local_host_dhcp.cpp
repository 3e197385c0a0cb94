#include "netctl/kernel/host/local_host_dhcp.h"

#include <fcntl.h>

#include <utility>

namespace netctl::kernel {

LocalDhcp::LocalDhcp(boost::asio::io_context& io, dhcp::Dnsmasq::Options options)
    : io_(io), dnsmasq_(std::move(options)) {
  watch();
}

void LocalDhcp::onChanged(Changed changed) {
  changed_ = std::move(changed);
  report();
}

Result<void> LocalDhcp::look(const host::Scope& scope, host::HostState& into) {
  return dnsmasq_.look(scope, into);
}

Result<void> LocalDhcp::apply(const host::SetDhcpServer& step) {
  stopWatching();
  auto result = dnsmasq_.apply(step);
  if (died_ && dnsmasq_.alive()) ++status_.restarts;
  if (dnsmasq_.alive() || !step.server) died_ = false;
  watch();
  return result;
}

Result<void> LocalDhcp::apply(std::span<const host::SetDhcpNetwork> networks,
                              std::span<const host::SetDhcpHost> hosts, bool server_follows) {
  // What goes takes another process.
  stopWatching();
  auto result = dnsmasq_.apply(networks, hosts, server_follows);
  watch();
  return result;
}

void LocalDhcp::stopWatching() {
  // A look may have found its end before the watch did.
  if (status_.running && !dnsmasq_.alive()) died_ = true;
  // An end that was asked for is none to report.
  process_.reset();
}

void LocalDhcp::watch() {
  process_.reset();
  const bool running = dnsmasq_.alive();
  const int pid = running ? dnsmasq_.pid() : 0;
  const bool changed = running != status_.running || pid != status_.pid;
  status_.running = running;
  status_.pid = pid;
  if (changed) report();
  if (!running) return;
  const int descriptor = fcntl(dnsmasq_.processFd(), F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) return;  // Without a watch the audit finds that it has ended.
  process_.emplace(io_, descriptor);
  process_->async_wait(boost::asio::posix::descriptor_base::wait_read,
                       [this, pid](const boost::system::error_code& canceled) {
                         // A wait that is over cannot be canceled any more.
                         if (canceled || !process_ || pid != status_.pid) return;
                         died_ = true;
                         watch();
                       });
}

void LocalDhcp::report() {
  if (changed_) changed_(status_);
}

}  // namespace netctl::kernel
