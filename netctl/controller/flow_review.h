#pragma once

#include "modes/firewall/flows.h"
#include "modes/host/host.h"
#include "netctl/controller/metrics.h"

#include <set>

namespace netctl::controller {

/// Cuts the flows that a change made illegal, and lets them begin anew when they become legal
/// again.
///
/// Which addresses are to be reviewed is stored with the change that asks for it (store::Store), so
/// that a crash between commit and cut loses nothing. A cut flow keeps its conntrack entry with our
/// mark: deleting it would let an instance that still talks open the flow again from its side.
class FlowReview {
 public:
  FlowReview(host::Host& host, Metrics& metrics) : host_(host), metrics_(metrics) {}

  void add(const std::set<net::Ipv4Address>& addresses);
  /// Of these, which are pending, all flows are to be cut, whoever has the address by then.
  void addLeft(const std::set<net::Ipv4Address>& addresses);
  [[nodiscard]] const std::set<net::Ipv4Address>& pending() const { return pending_; }
  /// True where flows bear our mark, as far as was learned.
  [[nodiscard]] bool hasCut() const { return !cut_.empty(); }
  [[nodiscard]] bool hasLeft() const { return !left_.empty(); }

  /// Learns which flows bear our mark: at start, and now and then, since entries end by themselves.
  Result<void> learn();
  /// Of the flows that were cut, lets those begin anew that are legal again.
  Result<void> forgetLegal(const cloud::Cloud& cloud);
  /// One walk of conntrack where addresses are pending, none else. On success nothing is pending
  /// any more.
  Result<void> cutIllegal(const cloud::Cloud& cloud);

 private:
  host::Host& host_;
  Metrics& metrics_;
  std::set<net::Ipv4Address> pending_;
  std::set<net::Ipv4Address> left_;
  std::set<host::Flow> cut_;
};

}  // namespace netctl::controller
