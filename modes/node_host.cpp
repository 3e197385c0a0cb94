#include "modes/node_host.h"

#include "modes/host/names.h"

namespace netctl {

bool isThisHost(const cloud::Settings& settings, std::string_view node) {
  return settings.host.role != cloud::Role::Cluster && node == settings.host.node_name;
}

bool isHere(const cloud::Settings& settings, const cloud::Instance& instance) {
  return settings.host.role != cloud::Role::Cluster && instance.isOn(settings.host.node_name);
}

bool isElsewhere(const cloud::Settings& settings, const cloud::Instance& instance) {
  return !isThisHost(settings, instance.node) ||
         (instance.destination && !isThisHost(settings, instance.destination->node));
}

const std::string& deviceHere(const cloud::Settings& settings, const cloud::Instance& instance) {
  return instance.portDeviceOn(settings.host.node_name);
}

std::string bridgeOf(const cloud::Settings& settings, const cloud::Instance& instance) {
  return settings.mode == cloud::NetworkMode::Managed ? host::segmentBridge(instance.tag.value())
                                                      : settings.host.bridge;
}

}  // namespace netctl
