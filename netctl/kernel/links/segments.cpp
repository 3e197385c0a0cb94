#include "netctl/kernel/links/segments.h"

#include "modes/host/names.h"

// Before linux/if.h, which then leaves out what both define (linux/libc-compat.h).
#include <net/if.h>

#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

namespace netctl::kernel {
namespace {

/// Device group of links that are removed together: "nctl". Only for that moment, as the kernel
/// knows no other way to name many of them.
constexpr std::uint32_t kLeavingGroup = 0x6e63746c;
// For fewer a look at all devices of the host does not pay.
constexpr std::size_t kMany = 8;

/// About to be removed, by a removal that a crash or a refusal has cut short.
bool isLeaving(const Link& link) {
  return link.group == kLeavingGroup;
}

RouteMessage creation(const std::string& name) {
  RouteMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
  message.put(IFLA_IFNAME, name);
  message.put(IFLA_GROUP, host::kLinkGroup);
  return message;
}

RouteMessage vlanMessage(const host::AddSegment& step, const Link& trunk) {
  auto message = creation(step.segment.vlan_device);
  message.put(IFLA_LINK, static_cast<std::uint32_t>(trunk.index));
  message.nest(IFLA_LINKINFO);
  message.put(IFLA_INFO_KIND, std::string("vlan"));
  message.nest(IFLA_INFO_DATA);
  message.put(IFLA_VLAN_ID, &step.tag.value, sizeof step.tag.value);
  return message;
}

RouteMessage bridgeMessage(const std::string& name) {
  auto message = creation(name);
  message.nest(IFLA_LINKINFO);
  message.put(IFLA_INFO_KIND, std::string("bridge"));
  return message;
}

/// Sets an existing device up.
ifinfomsg upHeader(int index) {
  ifinfomsg header{};
  header.ifi_index = index;
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
  return header;
}

}  // namespace

Result<Segments> Segments::open(Result<RouteSocket> socket) {
  if (!socket) return socket.error();
  return Segments(std::move(*socket));
}

Result<void> Segments::apply(const host::AddSegment& step) {
  const auto& segment = step.segment;
  const auto trunk = findTrunk(segment.trunk);
  if (!trunk) return trunk.error();
  const auto there = findBridge(segment.bridge);
  if (!there) return there.error();
  if (auto taken = takeVlanDevice(step, *trunk, *there); !taken) return taken;
  const auto bridge = takeBridge(segment, *trunk, *there);
  if (!bridge) return bridge.error();
  return plug(segment, *bridge);
}

Result<void> Segments::apply(const host::RemoveSegment& step) {
  if (auto removed = removeOurs(step.segment.vlan_device); !removed) return removed;
  return removeOurs(step.segment.bridge);
}

Result<Link> Segments::findTrunk(const std::string& name) {
  const auto trunk = findLink(socket_, name);
  if (!trunk) return trunk.error();
  if (!*trunk) {
    return Error{ErrorCode::NotFound, "",
                 fmt::format("there is no trunk {}; connect it, or name another in "
                             "VNET_PRIVINTERFACE",
                             name)};
  }
  if ((*trunk)->name != name) {
    return Error{ErrorCode::NotFound, "",
                 fmt::format("the trunk {0} is named {1} here; write {1} in VNET_PRIVINTERFACE",
                             name, (*trunk)->name)};
  }
  if ((*trunk)->master != 0) {
    const auto master = findLink(socket_, (*trunk)->master);
    if (!master) return master.error();
    return Error{ErrorCode::Conflict, "",
                 fmt::format("the trunk {} is a port of {}, which would take its tagged frames; "
                             "take it out of there, or name another in VNET_PRIVINTERFACE",
                             name, *master ? (*master)->name : "another device")};
  }
  return **trunk;
}

Result<std::optional<Link>> Segments::findBridge(const std::string& name) {
  auto bridge = findLink(socket_, name);
  if (bridge && *bridge && ((*bridge)->name != name || !(*bridge)->is_bridge)) {
    return Error{ErrorCode::Conflict, "",
                 fmt::format("cannot make the bridge {}: the device {} bears that name and is not "
                             "netctl's; rename or remove it",
                             name, (*bridge)->name)};
  }
  return bridge;
}

Result<void> Segments::takeVlanDevice(const host::AddSegment& step, const Link& trunk,
                                      const std::optional<Link>& bridge) {
  const auto failed = fmt::format("cannot make the VLAN device {}", step.segment.vlan_device);
  auto answer = socket_.request(vlanMessage(step, trunk));
  if (!answer.ok() && answer.number != EEXIST) return answer.error(failed);
  // Nothing of the segment was there.
  if (answer.ok() && !bridge) return {};
  const auto is_there = clearWay(step, trunk, bridge);
  if (!is_there) return is_there.error();
  if (*is_there) return {};
  answer = socket_.request(vlanMessage(step, trunk));
  if (answer.ok()) return {};
  return answer.error(failed);
}

Result<bool> Segments::clearWay(const host::AddSegment& step, const Link& trunk,
                                const std::optional<Link>& bridge) {
  const auto& name = step.segment.vlan_device;
  const auto devices = readVlanDevices(socket_);
  if (!devices) return devices.error();
  bool is_there = false;
  for (const auto& device : *devices) {
    const bool has_tag = device.vlan_id == step.tag.value;
    const bool uses_tag = has_tag && device.parent == trunk.index;
    const bool is_right = uses_tag && device.name == name;
    const bool is_adopted = is_right && bridge && device.master == bridge->index;
    if (is_right && (isOurs(device) || is_adopted)) {
      is_there = true;
    } else if (isOurs(device) && (has_tag || device.name == name)) {
      // Of a trunk or a name that the segment had before: it would join two wires.
      if (auto removed = remove(device); !removed) return removed.error();
    } else if (uses_tag) {
      return Error{ErrorCode::Conflict, "",
                   fmt::format("the VLAN id {0} of the trunk {1} is used by the device {2}, which "
                               "is not netctl's; remove that device, or take {0} out of "
                               "NETCTL_TAGS",
                               step.tag.value, trunk.name, device.name)};
    }
  }
  if (is_there) return true;
  const auto holder = findLink(socket_, name);
  if (!holder) return holder.error();
  if (!*holder) return false;
  return Error{ErrorCode::Conflict, "",
               fmt::format("cannot make the VLAN device {}: the device {} bears that name and is "
                           "not netctl's; rename or remove it",
                           name, (*holder)->name)};
}

Result<Link> Segments::takeBridge(const host::Segment& segment, const Link& trunk,
                                  std::optional<Link> bridge) {
  const auto failed = fmt::format("cannot make the bridge {}", segment.bridge);
  // A bridge takes the lowest MAC of its ports unless it was given one: its neighbours, and the
  // instances whose gateway it is, would lose it as ports come and go. They know one that is there.
  const auto mac = bridge ? bridge->mac : trunk.mac;
  if (!bridge) {
    const auto answer = socket_.request(bridgeMessage(segment.bridge));
    if (!answer.ok()) return answer.error(failed);
    auto made = findLink(socket_, segment.bridge);
    if (!made) return made.error();
    if (!*made) return Error{ErrorCode::Busy, "", failed + ": it has just been removed"};
    bridge = std::move(**made);
    bridge->mac = mac;
  }
  if (auto stopped = stopIpv6Addresses(segment.bridge); !stopped) return stopped.error();
  RouteMessage message(RTM_NEWLINK, 0, upHeader(bridge->index));
  message.put(IFLA_GROUP, host::kLinkGroup);
  message.put(IFLA_MTU, segment.mtu);
  message.put(IFLA_ADDRESS, mac.bytes.data(), mac.bytes.size());
  message.nest(IFLA_LINKINFO);
  message.put(IFLA_INFO_KIND, std::string("bridge"));
  message.nest(IFLA_INFO_DATA);
  message.put(IFLA_BR_STP_STATE, std::uint32_t{0});
  const auto answer = socket_.request(std::move(message));
  if (!answer.ok()) return answer.error(failed);
  return *bridge;
}

Result<void> Segments::plug(const host::Segment& segment, const Link& bridge) {
  const auto& name = segment.vlan_device;
  if (auto stopped = stopIpv6Addresses(name); !stopped) return stopped;
  RouteMessage message(RTM_SETLINK, 0, upHeader(0));
  message.put(IFLA_IFNAME, name);
  message.put(IFLA_GROUP, host::kLinkGroup);
  message.put(IFLA_MTU, segment.mtu);
  // The trunk's, unless the bridge kept one of its own: what is redirected from here to the bridge
  // must be for this device too (IngressRedirects).
  message.put(IFLA_ADDRESS, bridge.mac.bytes.data(), bridge.mac.bytes.size());
  message.put(IFLA_MASTER, static_cast<std::uint32_t>(bridge.index));
  const auto answer = socket_.request(std::move(message));
  if (answer.ok()) return {};
  if (answer.number == ENETDOWN) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("cannot set the VLAN device {0} up: the trunk {1} is down; set it up "
                             "(ip link set {1} up)",
                             name, segment.trunk)};
  }
  return answer.error(fmt::format("cannot make the VLAN device {} a port of {} with an MTU of {}",
                                  name, segment.bridge, segment.mtu));
}

Result<void> Segments::stopIpv6Addresses(const std::string& device) {
  RouteMessage message(RTM_SETLINK, 0, ifinfomsg{});
  message.put(IFLA_IFNAME, device);
  message.nest(IFLA_AF_SPEC);
  message.nest(AF_INET6);
  message.put(IFLA_INET6_ADDR_GEN_MODE, std::uint8_t{IN6_ADDR_GEN_MODE_NONE});
  const auto answer = socket_.request(std::move(message));
  // Without IPv6 there is nothing to stop.
  if (answer.ok() || answer.number == EAFNOSUPPORT) return {};
  return answer.error(fmt::format("cannot keep the device {} without IPv6 addresses", device));
}

Result<void> Segments::remove(const Link& link) {
  ifinfomsg header{};
  header.ifi_index = link.index;
  const auto answer = socket_.request(RouteMessage(RTM_DELLINK, 0, header));
  if (answer.ok() || answer.number == ENODEV) return {};
  return answer.error(fmt::format("cannot remove the device {}", link.name));
}

bool Segments::isOurs(const Link& link) {
  return link.group == host::kLinkGroup || isLeaving(link);
}

void Segments::removeTogether(const std::vector<host::Segment>& segments) {
  if (segments.size() < kMany) return;
  std::set<std::string> names;
  for (const auto& segment : segments) {
    names.insert(segment.vlan_device);
    names.insert(segment.bridge);
  }
  const auto links = readLinks(socket_);
  if (!links) return;
  const auto leaves = [&](const Link& link) { return isOurs(link) && names.contains(link.name); };
  // The group would take with it what is to stay.
  if (std::any_of(links->begin(), links->end(), [&](const auto& link) {
        return isLeaving(link.second) && !leaves(link.second);
      })) {
    return;
  }
  for (const auto& [index, link] : *links) {
    if (leaves(link) && !isLeaving(link) && !setGroup(link, kLeavingGroup)) return;
  }
  RouteMessage message(RTM_DELLINK, 0, ifinfomsg{});
  message.put(IFLA_GROUP, kLeavingGroup);
  (void)socket_.request(std::move(message));
}

Result<void> Segments::setGroup(const Link& link, std::uint32_t group) {
  ifinfomsg header{};
  header.ifi_index = link.index;
  RouteMessage message(RTM_SETLINK, 0, header);
  message.put(IFLA_GROUP, group);
  const auto answer = socket_.request(std::move(message));
  if (answer.ok() || answer.number == ENODEV) return {};
  return answer.error(fmt::format("cannot set the group of the device {}", link.name));
}

Result<void> Segments::removeOurs(const std::string& name) {
  const auto link = findLink(socket_, name);
  if (!link) return link.error();
  if (!*link || (*link)->name != name || !isOurs(**link)) return {};
  return remove(**link);
}

}  // namespace netctl::kernel
