#include "modes/instance_guards.h"

#include "modes/host/names.h"
#include "modes/node_host.h"
#include "modes/render/by_object.h"

#include <string>
#include <variant>

namespace netctl {
namespace {

using cloud::Cloud;
using cloud::Instance;
using cloud::NetworkMode;
using net::MacAddress;

/// By device; by MAC where the device is not known yet.
struct InstanceGuards {
  using Source = Instance;
  using Key = std::variant<std::string, MacAddress>;

  static std::optional<Key> key(const auto& cloud, const Instance& instance) {
    if (!isHere(cloud.settings(), instance)) return std::nullopt;
    const auto& device = deviceHere(cloud.settings(), instance);
    return device.empty() ? Key(instance.mac) : Key(device);
  }
  host::Guard value(const auto& /*cloud*/, const Instance& instance) const {
    host::Guard guard{.mac = instance.mac,
                      .address = instance.private_address,
                      .migrates = instance.destination.has_value()};
    if (parts_networks) guard.network = instance.tag.value();
    return guard;
  }
  static cloud::Ref<Instance> find(const Cloud& cloud, const Key& key) {
    const auto* device = std::get_if<std::string>(&key);
    return device != nullptr ? cloud.instanceByDevice(cloud.settings().host.node_name, *device)
                             : cloud.instanceByMac(std::get<MacAddress>(key));
  }
  static void claim(const Key& key, host::Rendering& rendering) {
    if (const auto* device = std::get_if<std::string>(&key)) {
      rendering.scope.guards.insert(*device);
    } else {
      rendering.scope.unseen_guards.insert(std::get<MacAddress>(key));
    }
  }
  static void put(const Key& key, const host::Guard& guard, host::HostState& state) {
    if (const auto* device = std::get_if<std::string>(&key)) {
      state.guards.ports[*device] = guard;
    } else {
      state.guards.unseen[std::get<MacAddress>(key)] = guard;
    }
  }

  bool parts_networks;
};

/// With parting: every instance, wherever it runs.
struct NetworkMembers {
  using Source = Instance;
  using Key = MacAddress;

  static std::optional<Key> key(const auto& /*cloud*/, const Instance& instance) {
    return instance.mac;
  }
  static net::Tag value(const auto& /*cloud*/, const Instance& instance) {
    return instance.tag.value();
  }
  static cloud::Ref<Instance> find(const Cloud& cloud, const Key& mac) {
    return cloud.instanceByMac(mac);
  }
  static void claim(const Key& mac, host::Rendering& rendering) {
    rendering.scope.guard_members.insert(mac);
  }
  static void put(const Key& mac, net::Tag network, host::HostState& state) {
    state.guards.members[mac] = network;
  }
};

}  // namespace

std::optional<host::GuardRules> guardRules(const cloud::Settings& settings,
                                           const HostFacts& facts) {
  if (settings.host.role == cloud::Role::Cluster) return {};
  const bool own = settings.mode == NetworkMode::Managed;
  host::GuardRules rules{.shared_bridge = own ? "" : settings.host.bridge,
                         .own_bridges = own ? std::string(host::kSegmentBridgePrefix) : "",
                         .mac_prefix = settings.mac_prefix,
                         .ipv6 = settings.mode == NetworkMode::System,
                         .parts_networks = settings.mode == NetworkMode::ManagedNoVlan};
  if (!rules.parts_networks) return rules;
  rules.gateway_macs = settings.gateway_macs;
  rules.is_gateway = settings.host.role == cloud::Role::All;
  if (rules.gateway_macs.empty()) rules.uplink = facts.uplink;
  return rules;
}

void addInstanceGuards(const cloud::Settings& settings, const HostFacts& facts,
                       render::Renderers& renderers) {
  const auto rules = guardRules(settings, facts);
  if (!rules) return;
  addFixed(renderers, [facts](const cloud::Settings& of, host::HostState& state) {
    state.guards.rules = guardRules(of, facts);
  });
  addByObject(renderers, InstanceGuards{rules->parts_networks});
  if (rules->parts_networks) addByObject(renderers, NetworkMembers{});
}

}  // namespace netctl
