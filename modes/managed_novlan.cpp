#include "modes/managed_novlan.h"

namespace netctl {
namespace {

/// The instances that run on this very host, when it is a node host too.
bool isHere(const cloud::Settings& settings, const cloud::Instance& instance) {
  return settings.role == cloud::Role::All && instance.node == settings.node_name &&
         !instance.device.empty();
}

host::Port portOf(const cloud::Settings& settings, const cloud::Instance& instance) {
  return {.instance = instance.id.canonical(), .bridge = settings.bridge};
}

}  // namespace

ManagedNoVlan::ManagedNoVlan(const HostFacts& facts)
    : cluster_host_(
          {.instance_interface = facts.private_interface, .dns_is_local = facts.dns_is_local},
          facts) {}

host::Rendering ManagedNoVlan::render(const cloud::Cloud& cloud) const {
  auto rendering = cluster_host_.render(cloud);
  for (const auto& [id, instance] : cloud.instances()) {
    if (!isHere(cloud.settings(), *instance)) continue;
    rendering.desired.ports[instance->device] = portOf(cloud.settings(), *instance);
  }
  return rendering;
}

host::Rendering ManagedNoVlan::render(const cloud::Cloud& cloud,
                                      const cloud::Changes& changes) const {
  auto rendering = cluster_host_.render(cloud, changes);
  const auto& settings = cloud.settings();
  for (const auto& [id, change] : changes.instances) {
    if (change.before && change.after && change.before->device == change.after->device &&
        change.before->node == change.after->node) {
      continue;
    }
    for (const auto& instance : {change.before, change.after}) {
      if (!instance || !isHere(settings, *instance)) continue;
      rendering.scope.ports.insert(instance->device);
      if (const auto holder = cloud.instanceByDevice(settings.node_name, instance->device)) {
        rendering.desired.ports[instance->device] = portOf(settings, *holder);
      }
    }
  }
  return rendering;
}

}  // namespace netctl
