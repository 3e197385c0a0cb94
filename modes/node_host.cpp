#include "modes/node_host.h"

#include "modes/host/names.h"

namespace netctl {
namespace {

bool hasPort(const cloud::Settings& settings, const cloud::Instance& instance) {
  return isHere(settings, instance) && !instance.portDevice().empty();
}

host::Port portOf(const cloud::Settings& settings, const cloud::Instance& instance) {
  return {.instance = instance.id.canonical(),
          .bridge = bridgeOf(settings, instance),
          .hairpin = cloud::hasNetworks(settings.mode),
          .mac = instance.mac};
}

}  // namespace

bool isHere(const cloud::Settings& settings, const cloud::Instance& instance) {
  return settings.host.role != cloud::Role::Cluster && instance.node == settings.host.node_name;
}

std::string bridgeOf(const cloud::Settings& settings, const cloud::Instance& instance) {
  return settings.mode == cloud::NetworkMode::Managed ? host::segmentBridge(instance.tag.value())
                                                      : settings.host.bridge;
}

void addPorts(const cloud::Cloud& cloud, host::HostState& state) {
  const auto& settings = cloud.settings();
  for (const auto& [id, instance] : cloud.instances()) {
    if (!hasPort(settings, *instance)) continue;
    state.ports[instance->portDevice()] = portOf(settings, *instance);
  }
}

void addTouchedPorts(const cloud::Cloud& cloud, const cloud::Changes& changes,
                     host::Rendering& rendering) {
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
      if (const auto holder = cloud.instanceByDevice(settings.host.node_name, device)) {
        rendering.desired.ports[device] = portOf(settings, *holder);
      }
    }
  }
}

}  // namespace netctl
