#include "modes/node_host.h"

namespace netctl {
namespace {

bool hasPort(const cloud::Settings& settings, const cloud::Instance& instance) {
  return isHere(settings, instance) && !instance.portDevice().empty();
}

}  // namespace

bool isHere(const cloud::Settings& settings, const cloud::Instance& instance) {
  return settings.role != cloud::Role::Cluster && instance.node == settings.node_name;
}

host::Port NodeHost::portOf(const cloud::Instance& instance) const {
  return {.instance = instance.id.canonical(), .bridge = bridge_of_(instance)};
}

void NodeHost::add(const cloud::Cloud& cloud, host::HostState& state) const {
  for (const auto& [id, instance] : cloud.instances()) {
    if (hasPort(cloud.settings(), *instance))
      state.ports[instance->portDevice()] = portOf(*instance);
  }
}

void NodeHost::addTouched(const cloud::Cloud& cloud, const cloud::Changes& changes,
                          host::Rendering& rendering) const {
  const auto& settings = cloud.settings();
  for (const auto& [id, change] : changes.instances) {
    if (change.before && change.after &&
        change.before->portDevice() == change.after->portDevice() &&
        change.before->node == change.after->node) {
      continue;
    }
    for (const auto& instance : {change.before, change.after}) {
      if (!instance || !hasPort(settings, *instance)) continue;
      const auto& device = instance->portDevice();
      rendering.scope.ports.insert(device);
      if (const auto holder = cloud.instanceByDevice(settings.node_name, device)) {
        rendering.desired.ports[device] = portOf(*holder);
      }
    }
  }
}

}  // namespace netctl
