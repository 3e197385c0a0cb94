#include "modes/managed.h"

#include "modes/cluster_host.h"
#include "modes/host/names.h"
#include "modes/instance_guards.h"
#include "modes/instance_ports.h"
#include "modes/node_host.h"
#include "modes/render/by_object.h"

#include <algorithm>
#include <string>
#include <utility>

namespace netctl {
namespace {

using cloud::Cloud;
using cloud::Group;
using cloud::Instance;
using render::FormerCloud;

/// A network's own wire on this host, by the network's tag.
struct Wires {
  using Key = net::Tag;

  host::Segment value(const auto& /*cloud*/, const auto& source) const {
    const net::Tag tag = source.tag.value();
    return {.trunk = trunk,
            .vlan_device = host::vlanDevice(trunk, tag),
            .bridge = host::segmentBridge(tag),
            .mtu = mtu};
  }
  static void claim(Key tag, host::Rendering& rendering) { rendering.scope.segments.insert(tag); }
  static void put(Key tag, host::Segment segment, host::HostState& state) {
    state.segments[tag] = std::move(segment);
  }

  std::string trunk;
  std::uint32_t mtu = 1500;
};

/// The cluster host has the wires of all networks.
struct ClusterWires : Wires {
  using Source = Group;

  static std::optional<Key> key(const auto& /*cloud*/, const Group& group) { return group.tag; }
  static cloud::Ref<Group> find(const Cloud& cloud, Key tag) { return cloud.groupByTag(tag); }
  /// Where it is a node too: an instance's port needs its bridge, so that both are looked at.
  static void touchBesides(const FormerCloud& former, const auto& touch) {
    for (const auto& [id, change] : former.changes().instances) {
      for (const auto& instance : {change.before, change.after}) {
        if (instance && isHere(former.settings(), *instance)) touch(instance->tag.value());
      }
    }
  }
};

/// A node host has the wires of the networks that its instances are in.
struct NodeWires : Wires {
  using Source = Instance;

  static std::optional<Key> key(const auto& cloud, const Instance& instance) {
    return isHere(cloud.settings(), instance) ? instance.tag : std::nullopt;
  }
  static cloud::Ref<Instance> find(const Cloud& cloud, Key tag) {
    const auto& instances = cloud.instancesOf(tag);
    const auto found = std::ranges::find_if(
        instances, [&](const auto& id) { return isHere(cloud.settings(), *cloud.instance(id)); });
    return found == instances.end() ? nullptr : cloud.instance(*found);
  }
};

/// The gateway's host forwards what comes in by the network's bridge.
struct WireForwarding {
  using Source = Group;
  using Key = net::Tag;

  static std::optional<Key> key(const auto& /*cloud*/, const Group& group) { return group.tag; }
  static std::string value(const auto& /*cloud*/, const Group& /*group*/) { return "1"; }
  static cloud::Ref<Group> find(const Cloud& cloud, Key tag) { return cloud.groupByTag(tag); }
  static void claim(Key tag, host::Rendering& rendering) {
    rendering.scope.sysctls.insert(host::deviceForwarding(host::segmentBridge(tag)));
  }
  static void put(Key tag, std::string value, host::HostState& state) {
    state.sysctls[host::deviceForwarding(host::segmentBridge(tag))] = std::move(value);
  }
};

/// At the gateway's host, which alone turns packets around to where they came from: another host.
struct WireRedirects {
  using Source = Group;
  using Key = net::Tag;

  static std::optional<Key> key(const auto& /*cloud*/, const Group& group) { return group.tag; }
  static host::IngressRedirect value(const auto& cloud, const Group& group) {
    return {host::segmentBridge(group.tag.value()), cloud.settings().plan.subnet};
  }
  static cloud::Ref<Group> find(const Cloud& cloud, Key tag) { return cloud.groupByTag(tag); }
  void claim(Key tag, host::Rendering& rendering) const {
    rendering.scope.redirects.insert(host::vlanDevice(trunk, tag));
  }
  void put(Key tag, host::IngressRedirect redirect, host::HostState& state) const {
    state.redirects[host::vlanDevice(trunk, tag)] = std::move(redirect);
  }

  std::string trunk;
};

}  // namespace

render::Renderers managedMode(const cloud::Settings& settings, const HostFacts& facts) {
  render::Renderers renderers;
  const Wires wires{.trunk = facts.private_interface, .mtu = facts.mtu};
  if (settings.host.role == cloud::Role::Node) {
    addByObject(renderers, NodeWires{wires});
  } else {
    const auto bridges = std::string(host::kSegmentBridgePrefix) + '+';
    addClusterHost(settings, facts, {bridges}, renderers);
    addByObject(renderers, ClusterWires{wires});
    addByObject(renderers, WireForwarding{});
    if (facts.has_other_hosts) addByObject(renderers, WireRedirects{facts.private_interface});
  }
  addInstancePorts(facts, renderers);
  addInstanceGuards(settings, facts, renderers);
  return renderers;
}

}  // namespace netctl
