#pragma once

#include "modes/mode.h"
#include "netctl/controller/carriers.h"
#include "netctl/controller/concern.h"
#include "netctl/controller/events.h"
#include "netctl/controller/fights.h"
#include "netctl/controller/flow_review.h"
#include "netctl/controller/flow_shares.h"
#include "netctl/controller/outstanding.h"
#include "netctl/controller/port_states.h"
#include "netctl/controller/reconciler.h"
#include "netctl/controller/renamed_ports.h"
#include "netctl/controller/side_look.h"
#include "netctl/controller/status.h"
#include "netctl/controller/subject.h"
#include "netctl/controller/unsettled_changes.h"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::store {
class Store;
}

namespace netctl::controller {

/// Holds the host to the cloud: after a change, at start, when a device comes, on drift.
///
/// Whatever could not be brought about stays outstanding and joins the next pass. Used on the
/// controller's thread.
class Enforcer {
 public:
  /// `cloud` is the controller's own, which outlives this.
  Enforcer(const cloud::Cloud& cloud, std::unique_ptr<Mode> mode, store::Store& store,
           host::Host& host, Metrics& metrics, EventLog& events);

  /// Reads all of the host and brings it to the cloud. An error where it could not be read; nothing
  /// is written then.
  Result<void> start(const DeviceNews& there);
  /// Another mode renders from now on, for another cloud; brings all of the host to it.
  void restart(std::unique_ptr<Mode> mode);

  /// The flows of these private addresses, which are about to be reviewed, are nobody's.
  void addressesLeft(const std::set<net::Ipv4Address>& addresses) { flows_.addLeft(addresses); }
  /// Of these addresses, which are not reviewed for that, flows that are illegal by now live on.
  void keepFlows(const std::set<net::Ipv4Address>& addresses) { flows_.addKept(addresses); }
  /// The cloud has changed, and the flows of these addresses are to be reviewed. Gives what
  /// an answer to these changes speaks of.
  Concern changed(const cloud::Changes& changes, const std::set<net::Ipv4Address>& reviews);
  /// A change that is through had made flows at these addresses illegal. Where its rules do not
  /// stand they would begin anew, so their review waits; that of others does not.
  void noteAtStake(const Concern& concern, const std::set<net::Ipv4Address>& addresses);
  /// Tries again what is outstanding.
  void retry();
  /// True where flows are to be reviewed and the rules stand that keep them from beginning anew.
  [[nodiscard]] bool mustReviewFlows() const;
  /// Cuts those that are not legal any more: one walk of conntrack, for however many changes.
  void reviewFlows();
  /// Entries of flows that were cut end by themselves, and nobody tells: now and then to be called.
  void learnCutFlows();
  /// Once a second: where somebody has emptied conntrack, lets the instances' flows heal.
  void seeLostFlows();
  /// Once a second: keeps one instance from filling conntrack's table.
  void shareFlows();
  /// NETCTL_LIMIT_FLOWS; 0: none.
  void limitFlows(std::uint64_t limit) { shares_.setLimit(limit); }
  [[nodiscard]] const std::vector<Problem>& flowProblems() const { return shares_.problems(); }
  /// Looks at everything, puts back what somebody else has changed, and reports it.
  Result<Pass> audit();
  /// The same for the ports of these devices.
  void lookAt(const std::set<std::string>& devices);
  /// Follows ports whose devices were renamed; gives what is to be looked at for that.
  host::Scope seeNames(const DeviceNews& news);
  /// True where what happened to the device may have taken something of ours with it. `disturbed`
  /// is of a device that has lost something: devices that we make come and grow by our own doing.
  [[nodiscard]] bool carries(const std::string& device, bool disturbed) const;
  /// The same for all that stands on these devices, and for a part of the host.
  void lookAt(const std::set<std::string>& carriers, host::Scope suspects);
  /// The same for whole areas.
  Result<Pass> lookAtAll(const host::Areas& areas);
  /// A look at whole areas that finds out whether there is anything to repair. `done` is called on
  /// another thread, or before this returns.
  void lookAside(const host::Areas& areas, std::function<void(Findings)> done);
  /// The areas in which something may have changed without the kernel's telling.
  Result<host::Areas> suspects();
  /// True where an object that was left to another program is to be looked at again.
  bool hasDueFight() { return fights_.takeDue(Fights::Clock::now()); }
  /// What is the matter with what others do to ours.
  [[nodiscard]] std::vector<Problem> problems() const { return fights_.problems(); }
  /// As Host::holdRepairs.
  void holdRepairs(bool held) { host_.holdRepairs(held); }

  /// What these changes, or (absent) all of the cloud, would have us do now.
  Result<host::Plan> plan(const std::optional<cloud::Changes>& changes);

  /// What an answer to these changes speaks of; the cloud is as after them.
  [[nodiscard]] Concern concernOf(const cloud::Changes& changes) const;
  /// The same for a command that changed nothing: all that the host is to hold for its objects, and
  /// what earlier changes of them left to do.
  [[nodiscard]] Concern concernOf(const Subject& subject) const;
  /// These changes are through: `concern` gets what their instances' networks rely on, and whoever
  /// repeats their commands is told of what they left to do.
  void noteLeft(const cloud::Changes& changes, Concern& concern);
  [[nodiscard]] std::vector<NotInForce> left(const Concern& concern) const;
  [[nodiscard]] std::vector<NotInForce> left() const;
  /// The same, but for ports that wait for their device, of which there may be thousands.
  [[nodiscard]] std::vector<NotInForce> failed() const;
  /// True where something is outstanding that a retry may bring about.
  [[nodiscard]] bool mustRetry() const;
  /// The same, of what an answer speaks of.
  [[nodiscard]] bool mustRetry(const Concern& concern) const;
  /// True until the flows that changes made illegal are cut or kept.
  [[nodiscard]] bool hasFlowsToReview() const { return flows_.isDue(); }
  /// The same, of the flows at these addresses.
  [[nodiscard]] bool hasFlowsToReview(const std::set<net::Ipv4Address>& addresses) const {
    return flows_.isDueAt(addresses);
  }
  /// True where an address that was left may soon be another instance's, or where flows are to be
  /// kept that a later change could cut.
  [[nodiscard]] bool mustReviewFlowsFirst() const { return flows_.isDueFirst(); }

  [[nodiscard]] const PortStates& ports() const { return ports_; }
  /// What a node, which is another host, says of the port that the instance has there.
  void settlePort(const cloud::Instance& instance, const std::string& node,
                  const PortStatus& status) {
    ports_.settle(instance, node, status);
  }

 private:
  void useMode(std::unique_ptr<Mode> mode);
  host::Rendering renderAll();
  [[nodiscard]] host::Rendering render(const cloud::Changes& changes) const;
  [[nodiscard]] Concern concernOf(const host::Rendering& rendering) const;
  [[nodiscard]] std::vector<NotInForce> withReview(std::vector<NotInForce> left) const;
  [[nodiscard]] host::Scope networksOf(const cloud::Changes& changes) const;
  [[nodiscard]] bool isApart(const cloud::Changes& changes, const host::HostState& desired,
                             Concern concern) const;
  std::optional<Pass> bring(host::Rendering rendering);
  void bringApart(host::Rendering rendering);
  Result<Pass> repair(host::Rendering rendering);
  /// Reports as drift what `bring`, which gives a Pass or nothing, has found to do.
  template <class Bring>
  Result<Pass> repairBy(const Bring& bring, bool waits_in_fights = true);
  void settle(const Pass& pass);
  void settleWithin(const Pass& pass);
  void noteLeftOf(const Pass& pass);
  void settlePass(const Pass& pass);
  void noteReview(const Result<void>& done);
  [[nodiscard]] bool isGateway() const;
  bool letFlowsHeal();
  std::size_t reportDrift(const Pass& pass, const host::Scope& known,
                          const std::set<std::string>& awaited);
  void noteFight(const host::Step& step);

  const cloud::Cloud& cloud_;
  std::shared_ptr<const Mode> mode_;
  /// What the mode puts on the host for a cloud without objects.
  host::HostState fixed_;
  store::Store& store_;
  Metrics& metrics_;
  EventLog& events_;
  host::Host& host_;
  Reconciler reconciler_;
  Carriers carriers_;
  RenamedPorts renamed_;
  Fights fights_;
  bool repairing_ = false;
  FlowReview flows_;
  bool flow_review_failed_ = false;
  FlowShares shares_;
  Outstanding outstanding_;
  /// Rules are outstanding that still let in what they are not to, or may: somewhere, or at these
  /// private addresses.
  bool lets_in_ = false;
  std::set<net::Ipv4Address> lets_in_at_;
  UnsettledChanges unsettled_;
  PortStates ports_;
};

}  // namespace netctl::controller
