#pragma once

#include "modes/net/address.h"
#include "modes/net/mac.h"
#include "netctl/kernel/netlink/route_socket.h"

#include <cstdint>
#include <optional>
#include <vector>

/// The messages of IngressRedirects: a filter of the classifier u32 with the action mirred, which
/// any kernel has that has tc.
namespace netctl::kernel {

/// Where a device's filters stand, in a qdisc of the kind clsact or ingress.
enum class FilterSide { Ingress, Egress };

/// A filter of ours; by the cookie of its action we know it.
struct RedirectFilter {
  std::uint32_t handle = 0;
  bool made_qdisc = false;  ///< the qdisc was made for it
  /// Index of the device that is to have received the frames; 0: it does something else with them.
  int target = 0;
  std::vector<char> selector;  ///< which frames, as the kernel has it
};

/// Selects IPv4 frames to this MAC from these sources.
std::vector<char> selectorOf(const net::MacAddress& mac, const net::Ipv4Prefix& source);
/// The source in a selector of ours; of another it means nothing.
net::Ipv4Prefix sourceIn(const std::vector<char>& selector);

RouteMessage filterMessage(int device, const RedirectFilter& filter);
RouteMessage filterRemoval(int device, std::uint32_t handle);
/// A dump of the device's filters: all, or those that may be ours.
RouteMessage filterQuestion(int device, FilterSide side, bool ours_only);
/// Absent: not ours, or no filter by itself.
std::optional<RedirectFilter> parseRedirectFilter(nlmsghdr& message);

/// A request about the device's clsact qdisc.
RouteMessage qdiscMessage(int type, int flags, int device);
/// A dump of all devices' qdiscs.
RouteMessage qdiscQuestion();
/// The device on which the qdisc holds filters of frames that come in.
std::optional<int> filteringDevice(nlmsghdr& message);

}  // namespace netctl::kernel
