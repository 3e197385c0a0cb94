#pragma once

#include "dhcp/dnsmasq.h"
#include "dhcp/server_status.h"
#include "modes/host/plan.h"
#include "netctl/kernel/host/dhcp_question.h"
#include "netctl/kernel/host/directory_watch.h"
#include "netctl/kernel/host/process_watch.h"

#include <functional>
#include <span>
#include <vector>

namespace netctl::kernel {

/// The DHCP server of this host, and a watch on its process, on its answers and on its files. On
/// the thread of its io_context, which must not run any more when this object is gone.
class WatchedDhcpServer {
 public:
  using Changed = std::function<void(const dhcp::ServerStatus&)>;

  /// Adopts the server that runs, if there is one.
  WatchedDhcpServer(boost::asio::io_context& io, dhcp::Dnsmasq::Options options);
  WatchedDhcpServer(const WatchedDhcpServer&) = delete;
  WatchedDhcpServer& operator=(const WatchedDhcpServer&) = delete;

  /// Called at once, and whenever the process has ended, started or become another.
  void onChanged(Changed changed);
  /// Called when somebody else has changed, made or removed files of the server.
  void onFilesChanged(std::function<void()> changed) { files_changed_ = std::move(changed); }

  Result<void> look(const host::Scope& scope, host::HostState& into);
  Result<void> apply(const host::SetDhcpServer& step);
  /// Networks and hosts, and last the server where it changes: all at once, because each time may
  /// cost a signal or a new process. One result for each step. Where the server cannot be changed
  /// it goes on as it was, and forgets what went all the same.
  std::vector<Result<void>> apply(std::span<const host::Step> steps);

  /// As Dnsmasq::restart.
  Result<void> restart();
  /// Looks whether dnsmasq on disk was replaced, and whether systemd has started another one.
  void lookAtProgram();
  /// While they are held, a server that does not answer is not ended.
  void holdRepairs(bool held);

 private:
  Result<void> apply(std::span<const host::SetDhcpNetwork> networks,
                     std::span<const host::SetDhcpHost> hosts, bool server_follows);
  void watch();
  void stopWatching();
  void report();

  dhcp::Dnsmasq dnsmasq_;
  ProcessWatch process_;
  bool repairs_held_ = false;
  DhcpQuestion question_;
  DirectoryWatch files_;
  Changed changed_;
  std::function<void()> files_changed_;
  dhcp::ServerStatus status_;
  bool died_ = false;  ///< and was not started again yet
};

}  // namespace netctl::kernel
