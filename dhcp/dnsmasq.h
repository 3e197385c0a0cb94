#pragma once

#include "base/process.h"
#include "base/systemd.h"
#include "dhcp/render.h"
#include "modes/host/plan.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace netctl::dhcp {

/// The one dnsmasq of this host: its files and its process.
///
/// dnsmasq runs detached and outlives us; a new Dnsmasq adopts it by its pid file and its command
/// line. It keeps its leases in memory only: every address is fixed by a host's file and a renewal
/// is acknowledged without a lease, so there is no lease that could be lost, go stale or name
/// another host after a restart.
///
/// What is new, dnsmasq reads as it appears. What goes or changes takes a new process, which starts
/// beside the old one and answers before that one is ended, so that nobody goes unanswered. SIGHUP
/// is no way: dnsmasq 2.90 frees memory that is not its own when it forgets a tagged host that it
/// has served.
///
/// All calls block, for milliseconds as a rule and some seconds at worst. One thread at a time; the
/// network namespace is the calling thread's.
class Dnsmasq {
 public:
  struct Options {
    std::string directory;  ///< absolute, RUN_DIR/dhcp: made where missing, and ours alone
    std::string binary = "/usr/sbin/dnsmasq";
    bool log_requests = false;
    /// The unit of systemd that runs dnsmasq on this directory, and whose reload starts one more;
    /// empty: we run it ourselves.
    std::string unit = {};
    std::string systemctl = kSystemctl;
  };

  /// Adopts the dnsmasq that runs from this directory, if there is one.
  explicit Dnsmasq(Options options);

  /// Adds the part of `scope` to `into`. A file that is not as we write it is foreign. The server
  /// is present while a process runs, and foreign unless that has read all files as they are.
  Result<void> look(const host::Scope& scope, host::HostState& into);

  /// Starts, replaces or ends dnsmasq; nothing where it already runs so. The networks and hosts
  /// that are there are in force afterwards. What dnsmasq itself refuses is InvalidArgument with
  /// its message, and leaves the old one running.
  Result<void> apply(const host::SetDhcpServer& step);

  /// Puts and removes networks and hosts, all at once: what is only new costs a file each, all the
  /// rest together one new process. In force when it returns: a new host is answered at its first
  /// DISCOVER, a removed one never again, and an address that somebody had before can be leased at
  /// once. Without a running server the files alone change, and so they do where `server_follows`:
  /// a step for the server is next, and starts the new process with the options that belong to
  /// them.
  Result<void> apply(std::span<const host::SetDhcpNetwork> networks,
                     std::span<const host::SetDhcpHost> hosts, bool server_follows = false);

  /// A new process takes the place of the one that runs, as after an upgrade of dnsmasq.
  /// Unsupported where none runs.
  Result<void> restart();
  /// Where none is known to run: adopts the one that systemd has started meanwhile. True where
  /// there is one.
  bool adopt();
  /// Whether the program on disk is another one than runs.
  [[nodiscard]] bool isOutdated() const {
    return process_ && process_->isOutdated(options_.binary);
  }

  [[nodiscard]] bool alive() const { return process_ && process_->alive(); }
  /// Becomes readable when dnsmasq ends (pidfd_open(2)); -1 without one. Every `apply` may change
  /// it.
  [[nodiscard]] int processFd() const { return process_ ? process_->fd() : -1; }
  /// 0 without one.
  [[nodiscard]] int pid() const { return process_ ? process_->pid() : 0; }
  /// An address that a question to the server may be about; absent where its configuration is not
  /// as we write it.
  [[nodiscard]] std::optional<net::Ipv4Address> askableAddress() const;
  /// Ends the process, as one that does not serve any more.
  void end() const;
  /// The process may not have read its files: the next look finds the server foreign.
  void distrust() const;
  /// The directories whose files decide what the server does.
  [[nodiscard]] std::vector<std::string> directories() const;
  /// Names in them that say nothing of that.
  static std::vector<std::string> unimportantNames();

 private:
  Result<void> makeDirectories() const;
  Result<void> put(const std::string& path, std::string_view text) const;
  Result<void> checkConfiguration(const std::string& path) const;
  /// Starts a process on the files as they are; when it answers, it takes the place of all others.
  Result<void> replace();
  Result<void> runOurselves() const;
  Result<void> startUnit() const;
  Result<void> waitForAnswer(const Process& process, net::Ipv4Address about,
                             const std::string& word) const;
  void trimLog() const;

  Options options_;
  Layout layout_;
  std::optional<Process> process_;
};

}  // namespace netctl::dhcp
