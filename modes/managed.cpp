#include "modes/managed.h"

#include "modes/firewall/former_cloud.h"
#include "modes/host/names.h"
#include "modes/node_host.h"
#include "modes/port_guards.h"

#include <algorithm>
#include <set>

namespace netctl {

Managed::Managed(const cloud::Settings& settings, const HostFacts& facts)
    : trunk_(facts.private_interface), mtu_(facts.mtu), has_other_hosts_(facts.has_other_hosts) {
  if (settings.host.role == cloud::Role::Node) return;
  cluster_host_.emplace(
      firewall::Wiring{.instance_interface = std::string(host::kSegmentBridgePrefix) + '+',
                       .dns_is_local = facts.dns_is_local},
      facts);
}

bool Managed::isNeeded(const cloud::Cloud& cloud, net::Tag tag) const {
  if (cluster_host_) return cloud.groupByTag(tag) != nullptr;
  const auto& instances = cloud.instancesOf(tag);
  return std::any_of(instances.begin(), instances.end(),
                     [&](const auto& id) { return isHere(cloud.settings(), *cloud.instance(id)); });
}

host::Segment Managed::segment(net::Tag tag) const {
  return {.trunk = trunk_,
          .vlan_device = host::vlanDevice(trunk_, tag),
          .bridge = host::segmentBridge(tag),
          .mtu = mtu_};
}

void Managed::addWire(const cloud::Cloud& cloud, net::Tag tag, host::HostState& state) const {
  const auto wire = segment(tag);
  state.segments[tag] = wire;
  // Only the gateway's host turns packets around to where they came from, which is another host.
  if (!cluster_host_ || !has_other_hosts_) return;
  state.redirects[wire.vlan_device] = {wire.bridge, cloud.settings().plan.subnet};
}

host::Rendering Managed::render(const cloud::Cloud& cloud) const {
  auto rendering = cluster_host_ ? cluster_host_->render(cloud) : host::everything();
  for (const auto& [id, group] : cloud.groups()) {
    if (!group->tag || !isNeeded(cloud, *group->tag)) continue;
    addWire(cloud, *group->tag, rendering.desired);
  }
  addPorts(cloud, rendering.desired);
  addGuards(cloud, rendering.desired);
  return rendering;
}

host::Rendering Managed::render(const cloud::Cloud& cloud, const cloud::Changes& changes) const {
  auto rendering = cluster_host_ ? cluster_host_->render(cloud, changes) : host::Rendering{};
  std::set<net::Tag> touched;
  for (const auto& [id, change] : changes.groups) {
    for (const auto tag : firewall::movedTags(change)) touched.insert(tag);
  }
  for (const auto& [id, change] : changes.instances) {
    for (const auto& instance : {change.before, change.after}) {
      if (instance && isHere(cloud.settings(), *instance)) touched.insert(instance->tag.value());
    }
  }
  for (const auto tag : touched) {
    rendering.scope.segments.insert(tag);
    rendering.scope.redirects.insert(segment(tag).vlan_device);
    if (isNeeded(cloud, tag)) addWire(cloud, tag, rendering.desired);
  }
  addTouchedPorts(cloud, changes, rendering);
  addTouchedGuards(cloud, changes, rendering);
  return rendering;
}

}  // namespace netctl
