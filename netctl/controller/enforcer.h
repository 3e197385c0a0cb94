#pragma once

#include "modes/mode.h"
#include "netctl/controller/concern.h"
#include "netctl/controller/events.h"
#include "netctl/controller/flow_review.h"
#include "netctl/controller/outstanding.h"
#include "netctl/controller/port_states.h"
#include "netctl/controller/reconciler.h"
#include "netctl/controller/status.h"
#include "netctl/controller/subject.h"
#include "netctl/controller/unsettled_changes.h"

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
  Result<void> start();
  /// Another mode renders from now on, for another cloud; brings all of the host to it.
  void restart(std::unique_ptr<Mode> mode);

  /// The flows of these private addresses, which are about to be reviewed, are nobody's.
  void addressesLeft(const std::set<net::Ipv4Address>& addresses) { flows_.addLeft(addresses); }
  /// Of these addresses, which are not reviewed for that, flows that are illegal by now live on.
  void keepFlows(const std::set<net::Ipv4Address>& addresses) { flows_.addKept(addresses); }
  /// The cloud has changed, and the flows of these addresses are to be reviewed. Gives what
  /// an answer to these changes speaks of.
  Concern changed(const cloud::Changes& changes, const std::set<net::Ipv4Address>& reviews);
  /// Tries again what is outstanding.
  void retry();
  /// True where flows are to be reviewed and the rules stand that keep them from beginning anew.
  [[nodiscard]] bool mustReviewFlows() const;
  /// Cuts those that are not legal any more: one walk of conntrack, for however many changes.
  void reviewFlows();
  /// Looks at everything, puts back what somebody else has changed, and reports it.
  Result<Pass> audit();
  /// The same for the ports of these devices.
  void lookAt(const std::set<std::string>& devices);
  /// The same for the DHCP server, which has ended.
  void lookAtDhcpServer();

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
  /// True where something is outstanding that a retry may bring about.
  [[nodiscard]] bool mustRetry() const;
  /// The same, of what an answer speaks of.
  [[nodiscard]] bool mustRetry(const Concern& concern) const;
  /// True until the flows that changes made illegal are cut or kept.
  [[nodiscard]] bool hasFlowsToReview() const { return flows_.isDue(); }
  /// True where an address that was left may soon be another instance's, or where flows are to be
  /// kept that a later change could cut.
  [[nodiscard]] bool mustReviewFlowsFirst() const { return flows_.isDueFirst(); }

  [[nodiscard]] const PortStates& ports() const { return ports_; }
  /// What an instance's node, which is another host, says of its port.
  void settlePort(const cloud::InstanceId& instance, const PortStatus& status) {
    ports_.settle(instance, status);
  }

 private:
  void useMode(std::unique_ptr<Mode> mode);
  host::Rendering renderAll() const;
  [[nodiscard]] Concern concernOf(const host::Rendering& rendering) const;
  [[nodiscard]] host::Scope networksOf(const cloud::Changes& changes) const;
  std::optional<Pass> bring(host::Rendering rendering);
  Result<Pass> repair(host::Rendering rendering);
  void settle(const Pass& pass);
  void noteReview(const Result<void>& done);
  std::size_t reportDrift(const Pass& pass, const host::Scope& known,
                          const std::set<std::string>& awaited);

  const cloud::Cloud& cloud_;
  std::unique_ptr<Mode> mode_;
  /// What the mode puts on the host for a cloud without objects.
  host::HostState fixed_;
  store::Store& store_;
  Metrics& metrics_;
  EventLog& events_;
  Reconciler reconciler_;
  FlowReview flows_;
  bool flow_review_failed_ = false;
  Outstanding outstanding_;
  UnsettledChanges unsettled_;
  PortStates ports_;
};

}  // namespace netctl::controller
