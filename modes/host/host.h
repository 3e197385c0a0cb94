#pragma once

#include "base/result.h"
#include "modes/host/area.h"
#include "modes/host/counted.h"
#include "modes/host/execution.h"
#include "modes/host/flow.h"
#include "modes/host/host_state.h"
#include "modes/host/plan.h"

#include <functional>
#include <optional>
#include <set>
#include <vector>

namespace netctl::host {

/// A host's kernel, DHCP and metadata server: the seam between the controller and the outside
/// world. The real one is kernel::LocalHost; the fake one of the tests refuses what the real one
/// refuses. Used by the controller's strand only. Every call blocks for as long as the kernel
/// takes.
class Host : protected StepRunner {
 public:
  /// The part of ours that the scope names, as it is now. A failed read is an error, never "empty".
  virtual Result<HostState> look(const Scope& scope) = 0;

  /// All of ours in these areas.
  virtual Result<HostState> lookAtAll(const Areas& areas) = 0;
  /// Has `work` read whole areas beside everything else that is asked of the host, in a thread of
  /// the host's where that has one: `work` must not touch what belongs to the caller. One at a
  /// time; the host waits for it before it goes.
  virtual void beside(std::function<void(AreaReader&)> work) = 0;
  /// The areas in which somebody else may have changed something that the kernel tells nobody of:
  /// iptables' tables by a hash, sets by their size. To be asked once a second: what differs is
  /// told once.
  virtual Result<Areas> suspects() = 0;
  /// While they are held, the host itself puts nothing right that somebody else has done either.
  virtual void holdRepairs(bool held) = 0;

  /// The same for every host (execution.h), so that what the tests' host has been through holds
  /// for the real one.
  std::vector<FailedStep> apply(const Plan& plan) { return execute(plan, *this); }

  /// The conntrack entries for which `wanted` is true: one walk.
  virtual Result<std::vector<Flow>> flows(const std::function<bool(const Flow&)>& wanted) = 0;
  /// The same with their weight.
  virtual Result<std::vector<FlowEntry>> entries(
      const std::function<bool(const FlowEntry&)>& wanted) = 0;
  /// How full the table is. Cheap: to be asked once a second.
  virtual Result<FlowTable> flowTable() = 0;
  /// From now on no new flow begins at these private addresses, nor comes to them from outside, and
  /// all others' do.
  virtual Result<void> hold(const std::set<net::Ipv4Address>& addresses) = 0;
  /// No packet of these passes any more. That a flow has ended meanwhile is not an error, here and
  /// below.
  virtual Result<void> cut(const std::vector<Flow>& flows) = 0;
  /// These are kept though they may be illegal: what is asked for all flows leaves them alone.
  virtual Result<void> keep(const std::vector<Flow>& flows) = 0;
  /// Established packets of these pass, as if a rule had let them in; none is kept any more.
  virtual Result<void> admit(const std::vector<Flow>& flows) = 0;
  /// Deletes entries, so that their flows can begin anew.
  virtual Result<void> forget(const std::vector<Flow>& flows) = 0;
  /// True where all entries have gone since it was last asked, but never the first time.
  virtual Result<bool> hasLostFlows() = 0;
  /// From now on, and for two minutes, instances may take up again TCP flows of theirs that
  /// conntrack has lost, but for these, which were cut.
  virtual Result<void> letFlowsHeal(const std::vector<Flow>& cut) = 0;

  /// What these private addresses, or (absent) all, have exchanged with the outside of the cloud by
  /// this host. An address of which no packet has come is not among them.
  virtual Result<TrafficReading> traffic(
      const std::optional<std::set<net::Ipv4Address>>& addresses) = 0;
  virtual Result<HostCounts> counts() = 0;
};

}  // namespace netctl::host
