#pragma once

#include "modes/host/plan.h"
#include "netctl/kernel/links/link.h"
#include "netctl/kernel/links/redirect_filter.h"
#include "netctl/kernel/netlink/route_socket.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::kernel {

/// At a bridge's port towards other hosts: frames that are received by the bridge's device without
/// the bridge (host::IngressRedirect). Filters of others, and a qdisc that they stand in, are left
/// alone.
///
/// Such a frame meets no guards of the bridge family, no br_netfilter, and no learning of where its
/// sender is. That opens nothing:
/// - It is addressed to this host, which would have got it from the bridge as well. Instances of
///   this host come in by other ports, where their guards stand; those of other hosts were guarded
///   there. At this port the guards drop only by the sender's MAC (an instance's of this host, or
///   one of the cloud's that nobody has), which says nothing of a packet for the host: whoever
///   could send that could send it with another MAC as well.
/// - It comes in by the bridge's device as before, and there the IP rules decide by interface and
///   source (NC_FORWARD, NC_HOST), which never saw a port or a MAC.
/// - The bridge goes on learning from ARP, and what it does not know it sends to all its ports, of
///   which the guards let instances have their own frames only.
class IngressRedirects {
 public:
  static Result<IngressRedirects> open(Result<RouteSocket> socket = RouteSocket::open());

  /// Adds the part of `scope` to `into`. What is ours and does not do what it is for, because
  /// somebody edited it or the device, the bridge or a MAC is another now, is foreign.
  Result<void> look(const host::Scope& scope, LinkSnapshot& links, host::HostState& into);

  /// In place of what is there of ours. Errors: NotFound: the device or the bridge is absent.
  /// Conflict: the device is not a port of the bridge, or does not have its MAC: the kernel takes
  /// what is sent to another MAC than the device's for another host's, and drops it behind a
  /// redirect. Unsupported: the kernel has no such filters. After an error there is no redirect;
  /// all works but for what br_netfilter lets the bridge drop.
  Result<void> apply(const host::AddRedirect& step);
  /// The qdisc that was made for it goes too where no filters are left in it; on devices that we
  /// made it stays until they go, as taking it away has the kernel wait for all processors. That
  /// the device is gone is not an error.
  Result<void> apply(const host::RemoveRedirect& step);

 private:
  explicit IngressRedirects(RouteSocket socket) : socket_(std::move(socket)) {}

  Result<void> lookAt(const Link& device, host::HostState& into);
  Result<std::set<int>> filteringDevices();
  Result<std::vector<RedirectFilter>> filtersOf(const Link& device);
  /// Absent: it redirects to no device, or to one that has gone.
  Result<std::optional<Link>> targetOf(const RedirectFilter& filter);
  Result<Link> bridgeFor(const Link& device, const std::string& name);
  /// True: the qdisc was made for these.
  Result<bool> removeFilters(const Link& device);
  Result<void> removeQdisc(const Link& device);
  Result<bool> hasFilters(const Link& device);
  /// Repeats a dump that was disturbed.
  template <class Question, class Reply>
  RouteAnswer dump(const Question& question, const Reply& reply);

  RouteSocket socket_;
};

}  // namespace netctl::kernel
