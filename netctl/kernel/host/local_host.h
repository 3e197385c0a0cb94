#pragma once

#include "modes/host/host.h"
#include "netctl/kernel/conntrack/conntrack.h"
#include "netctl/kernel/host/drivers.h"
#include "netctl/kernel/host/side_reader.h"
#include "netctl/kernel/host/watched_dhcp_server.h"
#include "netctl/kernel/host/watched_metadata_server.h"
#include "netctl/kernel/ipset/set_sizes.h"
#include "netctl/kernel/iptables/table_hashes.h"
#include "netctl/kernel/links/announce.h"
#include "netctl/kernel/links/steady_announcer.h"
#include "netctl/kernel/system/sysctl.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace netctl::kernel {

/// This machine, or the part of it that is in the network namespace in which it was opened: all
/// drivers as one host. On the thread of its io_context, which must not run any more when this
/// object is gone.
class LocalHost final : public host::Host {
 public:
  struct Options {
    std::filesystem::path state_directory;  ///< has the memory of former sysctls
    std::filesystem::path run_directory;    ///< has the DHCP server's files and the metadata's
    std::string dnsmasq = "/usr/sbin/dnsmasq";
    std::string metadata_program = "/usr/sbin/netctl-metadata";
    /// Units of systemd, where that is to run the two programs (Dnsmasq, Keeper).
    std::string dhcp_unit = {};
    std::string metadata_unit = {};
    bool log_dhcp_requests = false;
    std::chrono::seconds announce{300};  ///< from one announcement of an address to the next
  };

  /// Both directories must be there. Writes nothing; adopts the DHCP server and the
  /// metadata server that run.
  static Result<std::unique_ptr<LocalHost>> open(boost::asio::io_context& io,
                                                 const Options& options);

  /// Begins to read everything, beside what the caller does; the next look at everything takes it.
  /// Until then only prepare and flows may be called. All network devices are given, as they were
  /// just read.
  void lookAhead(LinksByIndex devices);

  /// Raises the limits of this host that are too low for a cloud with networks, which may have so
  /// many instances as neighbours of this host. Like every write it comes after the stored cloud
  /// was loaded.
  Result<void> prepare(std::uint64_t neighbours);
  /// Where there are no networks: puts back the sysctls that a former mode has changed.
  Result<void> prepareWithoutNetworks() { return sysctls_.restore(); }

  Result<host::HostState> look(const host::Scope& scope) override;
  Result<host::HostState> lookAtAll(const host::Areas& areas) override;
  void beside(std::function<void(host::AreaReader&)> work) override;
  Result<host::Areas> suspects() override;
  void holdRepairs(bool held) override;
  Result<std::vector<host::Flow>> flows(
      const std::function<bool(const host::Flow&)>& wanted) override;
  Result<void> cut(const std::vector<host::Flow>& flows) override;
  Result<void> keep(const std::vector<host::Flow>& flows) override;
  Result<void> admit(const std::vector<host::Flow>& flows) override;
  Result<void> forget(const std::vector<host::Flow>& flows) override;
  Result<std::vector<host::FlowEntry>> entries(
      const std::function<bool(const host::FlowEntry&)>& wanted) override;
  Result<host::FlowTable> flowTable() override;
  Result<void> hold(const std::set<net::Ipv4Address>& addresses) override;
  Result<bool> hasLostFlows() override;
  Result<void> letFlowsHeal(const std::vector<host::Flow>& cut) override;
  Result<host::TrafficReading> traffic(
      const std::optional<std::set<net::Ipv4Address>>& addresses) override;
  Result<host::HostCounts> counts() override;

  /// Called at once with how it stands with the DHCP server, and at each change.
  void onDhcpChanged(WatchedDhcpServer::Changed changed) { dhcp_.onChanged(std::move(changed)); }

  /// Called when another machine answers for one of our addresses, with its MAC, and when none does
  /// any more.
  void onAddressDisputed(
      std::function<void(const host::InterfaceAddress&, std::optional<net::MacAddress>)> disputed) {
    disputed_ = std::move(disputed);
  }
  /// Neighbours may have forgotten us, or missed what was announced so far: a wire has its carrier
  /// back, or a node's guards have learned by which MACs this host sends.
  void announceAll() { steady_announcer_.announceAll(); }
  /// Called when somebody else has changed files of the DHCP server.
  void onDhcpFilesChanged(std::function<void()> changed) {
    dhcp_.onFilesChanged(std::move(changed));
  }
  /// The same of the metadata server.
  void onMetadataChanged(WatchedMetadataServer::Changed changed) {
    metadata_.onChanged(std::move(changed));
  }
  /// Called when somebody else has changed files of the metadata server.
  void onMetadataFilesChanged(std::function<void()> changed) {
    metadata_.onFilesChanged(std::move(changed));
  }
  /// A new process takes the place of the one that runs. Unsupported where none runs.
  Result<void> restartDhcp() { return dhcp_.restart(); }
  Result<void> restartMetadata() { return metadata_.restart(); }

  /// Removes all that is ours from this host and puts the sysctls back. Gives what could not be
  /// removed; the rest is gone.
  /// `tell` hears what it is doing.
  std::vector<Error> purge(const std::function<void(std::string)>& tell = [](const auto&) {});

 private:
  struct Drivers {
    LinkDrivers links;
    RuleDrivers rules;
    DhcpDrivers dhcp;
    Conntrack conntrack;
    AnnouncementSocket announcements;
    ProbeAnswers answers;
  };

  LocalHost(boost::asio::io_context& io, const Options& options, Drivers drivers,
            std::unique_ptr<SideReader> side_reader);

  /// All but sysctls.
  Result<host::HostState> lookNow(const host::Scope& scope, LinkSnapshot links);
  /// What is in files: DHCP and metadata.
  Result<void> lookAtServers(const host::Scope& scope, host::HostState& into);

  Result<void> run(const host::Step& step) override;
  std::vector<Result<void>> runTogether(std::span<const host::Step> steps) override;
  template <class Action>
  Result<void> carryOut(const Action& action);
  /// Ours, but for those of loopback.
  Result<std::set<host::InterfaceAddress>> addressesOnWires();
  /// Announces the instance behind a port, which may have been somewhere else before.
  void announce(const host::OpenPort& step);

  LinkDrivers links_;
  RuleDrivers rules_;
  DhcpDrivers dhcp_drivers_;
  Conntrack conntrack_;
  Sysctls sysctls_;
  Announcer announcer_;
  std::function<void(const host::InterfaceAddress&, std::optional<net::MacAddress>)> disputed_;
  SteadyAnnouncer steady_announcer_;
  std::filesystem::path dhcp_directory_;
  WatchedDhcpServer dhcp_;
  std::filesystem::path metadata_directory_;
  WatchedMetadataServer metadata_;
  TableHashes table_hashes_;
  SetSizes set_sizes_;
  std::unique_ptr<SideReader> side_reader_;
  std::future<Result<host::HostState>> ahead_;  ///< last, since it uses all of them
};

}  // namespace netctl::kernel
