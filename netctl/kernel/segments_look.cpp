#include "modes/host/names.h"
#include "netctl/kernel/segments.h"

#include <utility>

namespace netctl::kernel {
namespace {

// A look at a single tag has the kernel pass all its devices too, and is made for few.
constexpr std::size_t kFewTags = 32;

/// What is there of one segment, ours only.
struct Parts {
  const Link* bridge = nullptr;
  std::vector<const Link*> vlan_devices;
};

host::Segment segmentOf(const Parts& parts, const std::map<int, std::string>& names) {
  const Link* bridge = parts.bridge;
  const Link* vlan_device = nullptr;
  for (const auto* each : parts.vlan_devices) {
    const bool plugged = bridge != nullptr && each->master == bridge->index;
    if (vlan_device == nullptr || plugged) vlan_device = each;
  }
  host::Segment segment{"", "", "", 0};
  if (bridge != nullptr) segment.bridge = bridge->name;
  if (vlan_device != nullptr) {
    segment.vlan_device = vlan_device->name;
    if (const auto trunk = names.find(vlan_device->parent); trunk != names.end()) {
      segment.trunk = trunk->second;
    }
  }
  const bool is_whole = bridge != nullptr && parts.vlan_devices.size() == 1 &&
                        vlan_device->master == bridge->index && bridge->up && vlan_device->up &&
                        bridge->mtu == vlan_device->mtu && bridge->mac == vlan_device->mac &&
                        bridge->group == host::kLinkGroup && vlan_device->group == host::kLinkGroup;
  if (is_whole) segment.mtu = bridge->mtu;
  return segment;
}

}  // namespace

Result<void> Segments::look(const host::Scope& scope, host::HostState& into) {
  if (scope.everything || scope.segments.size() > kFewTags) return lookAtAll(scope, into);
  std::map<int, std::string> names;
  for (const auto tag : scope.segments) {
    if (auto looked = lookAt(tag, names, into); !looked) return looked;
  }
  return {};
}

Result<void> Segments::lookAtAll(const host::Scope& scope, host::HostState& into) {
  const auto links = readLinks(socket_);
  if (!links) return links.error();
  std::map<int, std::string> names;
  std::map<net::Tag, Parts> segments;
  for (const auto& link : *links) {
    names[link.index] = link.name;
    if (!isOurs(link)) continue;
    if (link.vlan_id) segments[net::Tag{*link.vlan_id}].vlan_devices.push_back(&link);
    const auto tag = host::segmentTag(link.name);
    if (link.is_bridge && tag) segments[*tag].bridge = &link;
  }
  for (const auto& [tag, parts] : segments) {
    if (!scope.everything && !scope.segments.contains(tag)) continue;
    into.segments[tag] = segmentOf(parts, names);
  }
  return {};
}

Result<void> Segments::lookAt(net::Tag tag, std::map<int, std::string>& names,
                              host::HostState& into) {
  const auto name = host::segmentBridge(tag);
  const auto bridge = findLink(socket_, name);
  if (!bridge) return bridge.error();
  if (!*bridge || (*bridge)->name != name || !(*bridge)->is_bridge) return {};
  const auto ports = readVlanDevices(socket_, (*bridge)->index);
  if (!ports) return ports.error();
  Parts parts;
  if (isOurs(**bridge)) parts.bridge = &**bridge;
  for (const auto& port : *ports) {
    if (!isOurs(port) || port.vlan_id != tag.value) continue;
    parts.vlan_devices.push_back(&port);
    if (names.contains(port.parent)) continue;
    const auto trunk = findLink(socket_, port.parent);
    if (!trunk) return trunk.error();
    if (*trunk) names[port.parent] = (*trunk)->name;
  }
  if (parts.bridge != nullptr || !parts.vlan_devices.empty()) {
    into.segments[tag] = segmentOf(parts, names);
  }
  return {};
}

}  // namespace netctl::kernel
