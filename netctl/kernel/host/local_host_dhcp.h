#pragma once

#include "dhcp/dnsmasq.h"
#include "dhcp/server_status.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <optional>

namespace netctl::kernel {

/// The DHCP server of this host, and a watch on its process. On the thread of its io_context, which
/// must not run any more when this object is gone.
class LocalDhcp {
 public:
  using Changed = std::function<void(const dhcp::ServerStatus&)>;

  /// Adopts the server that runs, if there is one.
  LocalDhcp(boost::asio::io_context& io, dhcp::Dnsmasq::Options options);
  LocalDhcp(const LocalDhcp&) = delete;
  LocalDhcp& operator=(const LocalDhcp&) = delete;

  /// Called at once, and whenever the process has ended, started or become another.
  void onChanged(Changed changed);

  Result<void> look(const host::Scope& scope, host::HostState& into);
  Result<void> apply(const host::SetDhcpServer& step);
  Result<void> apply(std::span<const host::SetDhcpNetwork> networks,
                     std::span<const host::SetDhcpHost> hosts, bool server_follows = false);

 private:
  void watch();
  void stopWatching();
  void report();

  boost::asio::io_context& io_;
  dhcp::Dnsmasq dnsmasq_;
  Changed changed_;
  dhcp::ServerStatus status_;
  bool died_ = false;  ///< and was not started again yet
  /// Of its own, because dnsmasq_ closes the one that it has.
  std::optional<boost::asio::posix::stream_descriptor> process_;
};

}  // namespace netctl::kernel
