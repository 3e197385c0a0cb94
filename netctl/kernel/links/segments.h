#pragma once

#include "modes/host/plan.h"
#include "netctl/kernel/links/link.h"
#include "netctl/kernel/netlink/route_socket.h"

#include <optional>
#include <string>
#include <vector>

namespace netctl::kernel {

/// The networks' own wires: VLAN devices on the trunk and the bridges that they are ports of
/// (host::Segment). Ours bear the device group host::kLinkGroup, or that of devices which we are
/// about to remove together.
class Segments {
 public:
  static Result<Segments> open(Result<RouteSocket> socket = RouteSocket::open());

  /// Adds the part of `scope` to `into`. One that is not whole, because a part of it is missing,
  /// down, unplugged or of another MTU or MAC, is foreign, with the names of what is there. A look
  /// at few tags finds a VLAN device only in the tag's bridge.
  Result<void> look(const host::Scope& scope, LinkSnapshot& links, host::HostState& into);

  /// Makes what is missing and mends the rest in place; what others plugged into the bridge stays
  /// plugged. A bridge of that name becomes ours whoever made it, and with it the VLAN device of
  /// that name and tag where it is the bridge's port: the original left such behind. Errors:
  /// NotFound: the trunk is absent. Conflict: the trunk is itself a port, or the tag or a name is
  /// taken by a device that is not ours.
  Result<void> apply(const host::AddSegment& step);
  /// The VLAN device and the bridge, where they are ours; other ports of the bridge stay, without
  /// it.
  Result<void> apply(const host::RemoveSegment& step);
  /// Removes what these are made of, as `apply` would, at once: for each removal by itself the
  /// kernel waits until no processor uses the device any more. What could not be removed so is left
  /// to `apply`, which says why.
  void removeTogether(const std::vector<host::Segment>& segments);

 private:
  explicit Segments(RouteSocket socket) : socket_(std::move(socket)) {}
  static bool isOurs(const Link& link);

  Result<void> lookAtAll(const host::Scope& scope, LinkSnapshot& links, host::HostState& into);
  Result<void> lookAt(net::Tag tag, LinkSnapshot& links, host::HostState& into);
  /// What there is of one segment, ours only.
  struct Parts {
    const Link* bridge = nullptr;
    std::vector<const Link*> vlan_devices;
  };
  Result<void> lookAt(net::Tag tag, const Parts& parts, LinkSnapshot& links, host::HostState& into);
  Result<Link> findTrunk(const std::string& name);
  Result<std::optional<Link>> findBridge(const std::string& name);
  Result<Link> takeBridge(const host::Segment& segment, const Link& trunk,
                          std::optional<Link> bridge);
  Result<void> takeVlanDevice(const host::AddSegment& step, const Link& trunk,
                              const std::optional<Link>& bridge);
  /// Removes VLAN devices of ours that are not the segment's any more. True: its own is there.
  Result<bool> clearWay(const host::AddSegment& step, const Link& trunk,
                        const std::optional<Link>& bridge);
  Result<void> plug(const host::Segment& segment, const Link& bridge);
  /// None of its own: the link-local one, which others on the wire would reach.
  Result<void> stopIpv6Addresses(const std::string& device);
  Result<void> remove(const Link& link);
  Result<void> removeOurs(const std::string& name);
  Result<void> setGroup(const Link& link, std::uint32_t group);

  RouteSocket socket_;
};

}  // namespace netctl::kernel
