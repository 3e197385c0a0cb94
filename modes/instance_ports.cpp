#include "modes/instance_ports.h"

#include "modes/node_host.h"
#include "modes/render/by_object.h"

#include <cstdint>
#include <string>
#include <utility>

namespace netctl {
namespace {

struct InstancePorts {
  using Source = cloud::Instance;
  using Key = std::string;  ///< device

  static std::optional<Key> key(const auto& cloud, const Source& instance) {
    if (!isHere(cloud.settings(), instance)) return std::nullopt;
    const auto& device = deviceHere(cloud.settings(), instance);
    return device.empty() ? std::nullopt : std::optional(device);
  }
  host::Port value(const auto& cloud, const Source& instance) const {
    const auto& settings = cloud.settings();
    // One that migrates here still runs elsewhere: it is found here when its hypervisor, or what it
    // sends itself, says so.
    const bool runs_here = !instance.migratesTo(settings.host.node_name);
    return {.instance = instance.id.canonical(),
            .bridge = bridgeOf(settings, instance),
            .hairpin = cloud::hasNetworks(settings.mode),
            .mtu = mtu,
            .mac = runs_here ? std::optional(instance.mac) : std::nullopt};
  }
  static cloud::Ref<Source> find(const cloud::Cloud& cloud, const Key& device) {
    return cloud.instanceByDevice(cloud.settings().host.node_name, device);
  }
  static void claim(const Key& device, host::Rendering& rendering) {
    rendering.scope.ports.insert(device);
  }
  static void put(const Key& device, host::Port port, host::HostState& state) {
    state.ports[device] = std::move(port);
  }

  std::uint32_t mtu;
};

}  // namespace

void addInstancePorts(const HostFacts& facts, render::Renderers& renderers) {
  addByObject(renderers, InstancePorts{facts.port_mtu});
}

}  // namespace netctl
