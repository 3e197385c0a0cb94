#include "netctl/kernel/host/watched_dhcp_server.h"

#include <utility>
#include <variant>

namespace netctl::kernel {

WatchedDhcpServer::WatchedDhcpServer(boost::asio::io_context& io, dhcp::Dnsmasq::Options options)
    : dnsmasq_(std::move(options)),
      process_(io),
      question_(io,
                [this] {
                  if (repairs_held_) return;
                  // Whose end is heard of.
                  status_.was_silent = true;
                  dnsmasq_.end();
                }),
      files_(io, dhcp::Dnsmasq::unimportantNames(), [this](const auto& news) {
        // A server that waits for files in a directory that is gone waits for ever.
        if (news.directory) dnsmasq_.distrust();
        if (files_changed_) files_changed_();
      }) {
  watch();
}

void WatchedDhcpServer::onChanged(Changed changed) {
  changed_ = std::move(changed);
  report();
}

Result<void> WatchedDhcpServer::look(const host::Scope& scope, host::HostState& into) {
  return dnsmasq_.look(scope, into);
}

Result<void> WatchedDhcpServer::apply(const host::SetDhcpServer& step) {
  stopWatching();
  auto result = dnsmasq_.apply(step);
  if (died_ && dnsmasq_.alive()) ++status_.restarts;
  if (dnsmasq_.alive() || !step.server) died_ = false;
  watch();
  return result;
}

Result<void> WatchedDhcpServer::apply(std::span<const host::SetDhcpNetwork> networks,
                                      std::span<const host::SetDhcpHost> hosts,
                                      bool server_follows) {
  // What goes takes another process.
  stopWatching();
  auto result = dnsmasq_.apply(networks, hosts, server_follows);
  watch();
  return result;
}

std::vector<Result<void>> WatchedDhcpServer::apply(std::span<const host::Step> steps) {
  std::vector<host::SetDhcpNetwork> networks;
  std::vector<host::SetDhcpHost> hosts;
  const host::SetDhcpServer* server = nullptr;
  for (const auto& step : steps) {
    if (const auto* network = std::get_if<host::SetDhcpNetwork>(&step.action)) {
      networks.push_back(*network);
    } else if (const auto* host = std::get_if<host::SetDhcpHost>(&step.action)) {
      hosts.push_back(*host);
    } else {
      server = &std::get<host::SetDhcpServer>(step.action);
    }
  }
  auto content = apply(networks, hosts, server != nullptr);
  if (server == nullptr) return std::vector(steps.size(), content);
  const auto changed = apply(*server);
  if (!changed && content) content = apply(networks, hosts, false);
  std::vector results(steps.size(), content);
  results.back() = changed;
  return results;
}

void WatchedDhcpServer::stopWatching() {
  // A look may have found its end before the watch did.
  if (status_.running && !dnsmasq_.alive()) died_ = true;
  // An end that was asked for is not reported.
  process_.stop();
  question_.stop();
}

void WatchedDhcpServer::watch() {
  process_.stop();
  question_.stop();
  files_.watch(dnsmasq_.directories());
  files_.skip();
  const bool running = dnsmasq_.alive();
  const int pid = running ? dnsmasq_.pid() : 0;
  const bool changed = running != status_.running || pid != status_.pid;
  status_.running = running;
  status_.pid = pid;
  status_.is_outdated = dnsmasq_.isOutdated();
  if (running) status_.was_silent = false;
  if (changed) report();
  if (!running) return;
  if (const auto about = dnsmasq_.askableAddress()) question_.start(*about);
  process_.start(dnsmasq_.processFd(), [this] {
    died_ = true;
    watch();
  });
}

Result<void> WatchedDhcpServer::restart() {
  stopWatching();
  auto result = dnsmasq_.restart();
  watch();
  return result;
}

void WatchedDhcpServer::lookAtProgram() {
  if (dnsmasq_.adopt()) {
    if (std::exchange(died_, false)) ++status_.restarts;
    return watch();
  }
  const bool is_outdated = dnsmasq_.isOutdated();
  if (std::exchange(status_.is_outdated, is_outdated) != is_outdated) report();
}

void WatchedDhcpServer::holdRepairs(bool held) {
  repairs_held_ = held;
  // One that has not answered meanwhile is asked anew.
  if (!held) watch();
}

void WatchedDhcpServer::report() {
  if (changed_) changed_(status_);
}

}  // namespace netctl::kernel
