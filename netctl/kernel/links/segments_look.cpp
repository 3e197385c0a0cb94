#include "modes/host/names.h"
#include "netctl/kernel/links/segments.h"

#include <utility>

namespace netctl::kernel {
namespace {

// A look at a single tag has the kernel pass all its devices too, and is made for few.
constexpr std::size_t kFewTags = 32;

}  // namespace

Result<void> Segments::look(const host::Scope& scope, LinkSnapshot& links, host::HostState& into) {
  if (scope.everything || scope.segments.size() > kFewTags) return lookAtAll(scope, links, into);
  for (const auto tag : scope.segments) {
    if (auto looked = lookAt(tag, links, into); !looked) return looked;
  }
  return {};
}

Result<void> Segments::lookAtAll(const host::Scope& scope, LinkSnapshot& links,
                                 host::HostState& into) {
  const auto all = links.all(socket_);
  if (!all) return all.error();
  std::map<net::Tag, Parts> segments;
  for (const auto& [index, link] : **all) {
    if (!isOurs(link)) continue;
    if (link.vlan_id) segments[net::Tag{*link.vlan_id}].vlan_devices.push_back(&link);
    const auto tag = host::segmentTag(link.name);
    if (link.is_bridge && tag) segments[*tag].bridge = &link;
  }
  for (const auto& [tag, parts] : segments) {
    if (!scope.everything && !scope.segments.contains(tag)) continue;
    if (auto looked = lookAt(tag, parts, links, into); !looked) return looked;
  }
  return {};
}

Result<void> Segments::lookAt(net::Tag tag, const Parts& parts, LinkSnapshot& links,
                              host::HostState& into) {
  const Link* bridge = parts.bridge;
  const Link* vlan_device = nullptr;
  for (const auto* each : parts.vlan_devices) {
    const bool plugged = bridge != nullptr && each->master == bridge->index;
    if (vlan_device == nullptr || plugged) vlan_device = each;
  }
  if (bridge == nullptr && vlan_device == nullptr) return {};
  host::Segment segment{"", "", "", 0};
  if (bridge != nullptr) segment.bridge = bridge->name;
  if (vlan_device != nullptr) {
    segment.vlan_device = vlan_device->name;
    auto trunk = links.name(socket_, vlan_device->parent);
    if (!trunk) return trunk.error();
    segment.trunk = std::move(*trunk);
  }
  const bool is_whole = bridge != nullptr && parts.vlan_devices.size() == 1 &&
                        vlan_device->master == bridge->index && bridge->up && vlan_device->up &&
                        bridge->mtu == vlan_device->mtu && bridge->mac == vlan_device->mac &&
                        bridge->group == host::kLinkGroup && vlan_device->group == host::kLinkGroup;
  if (is_whole) segment.mtu = bridge->mtu;
  into.segments[tag] = std::move(segment);
  return {};
}

Result<void> Segments::lookAt(net::Tag tag, LinkSnapshot& links, host::HostState& into) {
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
  }
  return lookAt(tag, parts, links, into);
}

}  // namespace netctl::kernel
