#pragma once

#include "modes/firewall/flows.h"
#include "modes/host/host.h"
#include "netctl/controller/metrics.h"

#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace netctl::controller {

/// Cuts the flows that a change made illegal, or that came in while rules were missing, and lets
/// them begin anew when they become legal again.
///
/// Which addresses are to be reviewed is stored with the change that asks for it (store::Store), so
/// that a crash between commit and cut loses nothing. A cut flow keeps its conntrack entry:
/// deleting it would let an instance that still talks open the flow again from its side. What an
/// instance leaves behind is deleted at once, since nobody talks any more.
class FlowReview {
 public:
  FlowReview(host::Host& host, Metrics& metrics) : host_(host), metrics_(metrics) {}

  void add(const std::set<net::Ipv4Address>& addresses);
  /// Of these, which are pending, all flows are to go, whoever has the address by then.
  void addLeft(const std::set<net::Ipv4Address>& addresses);
  /// The flows of these that are illegal by now are to be kept: no later review cuts them until
  /// they are legal again. Where the same address is pending too, they are cut all the same.
  void addKept(const std::set<net::Ipv4Address>& addresses);

  enum class Reach {
    Ours,        ///< those that came in since our rules stood
    Everything,  ///< those that are older, too: nothing held them then
  };
  /// The flows of all instances: rules were missing, and what came in meanwhile is to be judged.
  /// What is legal is admitted.
  void addAll(Reach reach);

  /// True where flows are cut or kept, as far as was learned.
  [[nodiscard]] bool hasKnown() const { return !cut_flows_.empty() || !kept_flows_.empty(); }
  [[nodiscard]] bool isDue() const { return !pending_.empty() || !kept_.empty() || all_; }
  /// True where something is due at one of these addresses.
  [[nodiscard]] bool isDueAt(const std::set<net::Ipv4Address>& addresses) const;
  /// True where something is due that need not wait for these addresses, at which flows that are
  /// cut would begin anew. What is due of all instances waits.
  [[nodiscard]] bool isDueBeside(const std::set<net::Ipv4Address>& held) const;
  /// True where it must be done before the next change, which might be about the same addresses.
  [[nodiscard]] bool isDueFirst() const { return !left_.empty() || !kept_.empty(); }

  /// Learns which flows are cut and kept: at start, and now and then, since entries end by
  /// themselves. Only reads.
  Result<void> learn(const cloud::Cloud& cloud);
  /// True where conntrack had no flow of an instance when it was last read.
  [[nodiscard]] bool foundNone() const { return found_none_; }
  /// Those that are cut, as far as was learned, and TCP flows that were until their entries ended,
  /// but for what is legal by now: the newest of these, since they are all remembered only here.
  [[nodiscard]] std::vector<host::Flow> cutFlows(const cloud::Cloud& cloud) const;
  /// Of the flows that are cut, lets those begin anew that are legal again; of those that are kept,
  /// the legal ones are like any other from now on. Where another program took our mark from a cut
  /// one, it gets that back: by its labels it is cut all the same, but a former version would not
  /// know.
  Result<void> settleKnown(const cloud::Cloud& cloud);
  /// One walk of conntrack where something is due beside these addresses, none else. On success
  /// what is due is only at them. Gives the addresses that are through.
  Result<std::set<net::Ipv4Address>> review(const cloud::Cloud& cloud,
                                            const std::set<net::Ipv4Address>& held);

 private:
  enum class Action { None, Cut, Keep, Admit, Forget };
  Result<void> walk(const cloud::Cloud& cloud);
  [[nodiscard]] Action actionFor(const cloud::Cloud& cloud, const host::Flow& flow) const;
  Result<void> cut(const std::vector<host::Flow>& flows);
  Result<void> carryOut(Action action, const std::vector<host::Flow>& flows);
  void rememberEnded(const std::set<host::Flow>& formerly_cut);

  host::Host& host_;
  Metrics& metrics_;
  std::set<net::Ipv4Address> pending_;
  std::set<net::Ipv4Address> left_;
  std::set<net::Ipv4Address> kept_;
  std::optional<Reach> all_;
  std::set<host::Flow> cut_flows_;
  std::set<host::Flow> kept_flows_;
  /// The entry of a TCP flow that is cut ends after seconds; its instance may speak after hours.
  std::deque<host::Flow> ended_cuts_;
  bool found_none_ = false;
};

}  // namespace netctl::controller
