#include "modes/instance_guards.h"

#include "modes/host/names.h"
#include "modes/node_host.h"
#include "modes/render/by_object.h"

#include <string>
#include <utility>

namespace netctl {
namespace {

using cloud::Cloud;
using cloud::Instance;
using cloud::NetworkMode;
using net::MacAddress;

host::Guard guardOf(const Instance& instance, bool parts_networks) {
  host::Guard guard{.mac = instance.mac, .address = instance.private_address};
  if (parts_networks) guard.network = instance.tag.value();
  return guard;
}

struct PortGuards {
  using Source = Instance;
  using Key = std::string;  ///< device

  static std::optional<Key> key(const auto& cloud, const Instance& instance) {
    const auto& device = instance.portDevice();
    if (device.empty() || !isHere(cloud.settings(), instance)) return std::nullopt;
    return device;
  }
  host::Guard value(const auto& /*cloud*/, const Instance& instance) const {
    return guardOf(instance, parts_networks);
  }
  static cloud::Ref<Instance> find(const Cloud& cloud, const Key& device) {
    return cloud.instanceByDevice(cloud.settings().host.node_name, device);
  }
  static void claim(const Key& device, host::Rendering& rendering) {
    rendering.scope.guards.insert(device);
  }
  static void put(const Key& device, const host::Guard& guard, host::HostState& state) {
    state.guards.ports[device] = guard;
  }

  bool parts_networks;
};

/// Of instances of this host whose device is not known yet.
struct UnseenGuards {
  using Source = Instance;
  using Key = MacAddress;

  static std::optional<Key> key(const auto& cloud, const Instance& instance) {
    if (!instance.portDevice().empty() || !isHere(cloud.settings(), instance)) return std::nullopt;
    return instance.mac;
  }
  host::Guard value(const auto& /*cloud*/, const Instance& instance) const {
    return guardOf(instance, parts_networks);
  }
  static cloud::Ref<Instance> find(const Cloud& cloud, const Key& mac) {
    return cloud.instanceByMac(mac);
  }
  static void claim(const Key& mac, host::Rendering& rendering) {
    rendering.scope.unseen_guards.insert(mac);
  }
  static void put(const Key& mac, const host::Guard& guard, host::HostState& state) {
    state.guards.unseen[mac] = guard;
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

std::optional<host::GuardRules> guardRules(const cloud::Settings& settings) {
  if (settings.host.role == cloud::Role::Cluster) return {};
  const bool own = settings.mode == NetworkMode::Managed;
  return host::GuardRules{.shared_bridge = own ? "" : settings.host.bridge,
                          .own_bridges = own ? std::string(host::kSegmentBridgePrefix) : "",
                          .mac_prefix = settings.mac_prefix,
                          .ipv6 = settings.mode == NetworkMode::System,
                          .parts_networks = settings.mode == NetworkMode::ManagedNoVlan};
}

void addInstanceGuards(const cloud::Settings& settings, render::Renderers& renderers) {
  const auto rules = guardRules(settings);
  if (!rules) return;
  addFixed(renderers, [](const cloud::Settings& of, host::HostState& state) {
    state.guards.rules = guardRules(of);
  });
  addByObject(renderers, PortGuards{rules->parts_networks});
  addByObject(renderers, UnseenGuards{rules->parts_networks});
  if (rules->parts_networks) addByObject(renderers, NetworkMembers{});
}

}  // namespace netctl
