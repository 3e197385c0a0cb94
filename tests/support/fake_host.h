#pragma once

#include "modes/host/host.h"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace netctl::testing {

/// A host in memory. It refuses what the real one refuses, so that an order of steps that works
/// here works there: a rule that names a set or chain that is not there, the end of a set or chain
/// that is in use, members for an unknown set, a port without its device or bridge.
class FakeHost : public host::Host {
 public:
  Result<host::HostState> look(const host::Scope& scope) override;
  Result<host::HostState> lookAtAll(const host::Areas& areas) override;
  /// At once.
  void beside(std::function<void(host::AreaReader&)> work) override;
  Result<host::Areas> suspects() override { return std::exchange(suspected, {}); }
  void holdRepairs(bool held) override { repairs_held = held; }
  Result<std::vector<host::Flow>> flows(
      const std::function<bool(const host::Flow&)>& wanted) override;
  /// All of `conntrack`, each with the weight that `weighs` gives it.
  Result<std::vector<host::FlowEntry>> entries(
      const std::function<bool(const host::FlowEntry&)>& wanted) override;
  Result<host::FlowTable> flowTable() override;
  Result<void> hold(const std::set<net::Ipv4Address>& addresses) override;
  Result<void> cut(const std::vector<host::Flow>& flows) override;
  Result<void> keep(const std::vector<host::Flow>& flows) override;
  Result<void> admit(const std::vector<host::Flow>& flows) override;
  Result<void> forget(const std::vector<host::Flow>& flows) override;
  Result<bool> hasLostFlows() override { return std::exchange(lost_flows, false); }
  Result<void> letFlowsHeal(const std::vector<host::Flow>& cut) override {
    not_healing = cut;
    ++healings;
    return {};
  }

  Result<host::TrafficReading> traffic(
      const std::optional<std::set<net::Ipv4Address>>& addresses) override;
  Result<host::HostCounts> counts() override { return counted; }

  /// What the "kernel" has counted.
  host::TrafficReading counted_traffic;
  host::HostCounts counted;
  /// What the "kernel" holds; tests may disturb it.
  host::HostState state;
  std::set<std::string> devices;
  std::set<std::string> bridges;
  std::set<host::Flow> conntrack;
  std::function<host::FlowEntry(const host::Flow&)> weighs;
  /// How many flows conntrack has room for; 0: it does not say.
  std::uint64_t room_for_flows = 0;
  /// Absent: it was never said.
  std::optional<std::set<net::Ipv4Address>> held;
  /// What the next question for suspects gives.
  host::Areas suspected;
  bool repairs_held = false;
  /// The same for lost flows.
  bool lost_flows = false;
  /// Those that flows were last let heal beside, and how often they were.
  std::vector<host::Flow> not_healing;
  int healings = 0;

  /// Decides of each step whether it fails out of turn; empty: none does.
  std::function<bool(const host::Step&)> fault;
  /// The next looks fail.
  int failing_looks = 0;

  std::uint64_t looks = 0;
  std::uint64_t steps = 0;        ///< that were run, not held back
  std::uint64_t table_looks = 0;  ///< that read the table filter
  std::uint64_t table_commits = 0;
  std::uint64_t walks = 0;  ///< of conntrack

 protected:
  Result<void> run(const host::Step& step) override;
};

}  // namespace netctl::testing
