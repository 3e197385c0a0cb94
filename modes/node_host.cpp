#include "modes/node_host.h"

#include "modes/host/names.h"

namespace netctl {

bool isHere(const cloud::Settings& settings, const cloud::Instance& instance) {
  return settings.host.role != cloud::Role::Cluster && instance.node == settings.host.node_name;
}

std::string bridgeOf(const cloud::Settings& settings, const cloud::Instance& instance) {
  return settings.mode == cloud::NetworkMode::Managed ? host::segmentBridge(instance.tag.value())
                                                      : settings.host.bridge;
}

}  // namespace netctl
