#include "modes/port_guards.h"

#include "modes/host/names.h"
#include "modes/node_host.h"

#include <tuple>

namespace netctl {
namespace {

using cloud::Cloud;
using cloud::Instance;
using cloud::NetworkMode;
using host::GuardRules;

/// What a guard is made of.
auto parts(const Instance& instance) {
  return std::tie(instance.node, instance.portDevice(), instance.mac, instance.private_address,
                  instance.tag);
}

host::Guard guardOf(const GuardRules& rules, const Instance& instance) {
  host::Guard guard{.mac = instance.mac, .address = instance.private_address};
  if (rules.parts_networks) guard.network = instance.tag.value();
  return guard;
}

bool isUnseen(const cloud::Settings& settings, const Instance& instance) {
  return isHere(settings, instance) && instance.portDevice().empty();
}

void touchPort(const Cloud& cloud, const GuardRules& rules, const Instance& instance,
               host::Rendering& rendering) {
  const auto& settings = cloud.settings();
  if (!isHere(settings, instance)) return;
  auto& guards = rendering.desired.guards;
  if (const auto& device = instance.portDevice(); !device.empty()) {
    rendering.scope.guards.insert(device);
    if (const auto holder = cloud.instanceByDevice(settings.host.node_name, device)) {
      guards.ports[device] = guardOf(rules, *holder);
    }
    return;
  }
  rendering.scope.unseen_guards.insert(instance.mac);
  const auto holder = cloud.instanceByMac(instance.mac);
  if (holder && isUnseen(settings, *holder)) {
    guards.unseen[instance.mac] = guardOf(rules, *holder);
  }
}

void touchMember(const Cloud& cloud, const net::MacAddress& mac, host::Rendering& rendering) {
  rendering.scope.guard_members.insert(mac);
  if (const auto holder = cloud.instanceByMac(mac)) {
    rendering.desired.guards.members[mac] = holder->tag.value();
  }
}

}  // namespace

std::optional<GuardRules> guardRules(const cloud::Settings& settings) {
  if (settings.host.role == cloud::Role::Cluster) return {};
  const bool own = settings.mode == NetworkMode::Managed;
  return GuardRules{.shared_bridge = own ? "" : settings.host.bridge,
                    .own_bridges = own ? std::string(host::kSegmentBridgePrefix) : "",
                    .mac_prefix = settings.mac_prefix,
                    .ipv6 = settings.mode == NetworkMode::System,
                    .parts_networks = settings.mode == NetworkMode::ManagedNoVlan};
}

void addGuards(const Cloud& cloud, host::HostState& state) {
  const auto& settings = cloud.settings();
  const auto rules = guardRules(settings);
  if (!rules) return;
  auto& guards = state.guards;
  guards.rules = rules;
  for (const auto& [id, instance] : cloud.instances()) {
    if (rules->parts_networks) guards.members[instance->mac] = instance->tag.value();
    if (isUnseen(settings, *instance)) {
      guards.unseen[instance->mac] = guardOf(*rules, *instance);
    } else if (isHere(settings, *instance)) {
      guards.ports[instance->portDevice()] = guardOf(*rules, *instance);
    }
  }
}

void addTouchedGuards(const Cloud& cloud, const cloud::Changes& changes,
                      host::Rendering& rendering) {
  const auto rules = guardRules(cloud.settings());
  if (!rules) return;
  for (const auto& [id, change] : changes.instances) {
    if (change.before && change.after && parts(*change.before) == parts(*change.after)) continue;
    for (const auto& instance : {change.before, change.after}) {
      if (!instance) continue;
      touchPort(cloud, *rules, *instance, rendering);
      if (rules->parts_networks) touchMember(cloud, instance->mac, rendering);
    }
  }
}

}  // namespace netctl
