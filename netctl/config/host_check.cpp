#include "netctl/config/host_check.h"

#include "netctl/config/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

namespace netctl::config {
namespace {

using cloud::NetworkMode;
using cloud::Role;

class Check {
 public:
  Check(const Configuration& configuration, const HostNetwork& host)
      : settings_(configuration.settings), host_(host), findings_({}, configuration.entries) {
    facts_.has_other_hosts =
        settings_.host.role == Role::Cluster || configuration.services.listen.has_value();
  }

  HostCheck run() {
    const bool routes = settings_.host.role != Role::Node;
    const bool has_trunk = settings_.mode == NetworkMode::Managed;
    if (settings_.host.role != Role::Cluster && !has_trunk) checkBridge();
    if (has_trunk) {
      checkTrunk();
    } else if (routes && settings_.mode != NetworkMode::System) {
      checkPrivateInterface();
    }
    facts_.mtu = mtuOf(facts_.private_interface);
    findWire();
    if (routes && holds(kManagedModes, settings_.mode)) {
      facts_.public_interface = addressed("VNET_PUBINTERFACE", settings_.host.public_interface);
      checkAddresses();
      checkDefaultRoute();
    }
    if (routes && settings_.mode == NetworkMode::Static) checkMap();
    facts_.dns_is_local =
        std::any_of(host_.addresses.begin(), host_.addresses.end(),
                    [&](const HostAddress& address) { return address.address == settings_.dns; });
    return {findings_.take(), facts_};
  }

 private:
  [[nodiscard]] const HostInterface* find(std::string_view name) const {
    const auto found = std::find_if(host_.interfaces.begin(), host_.interfaces.end(),
                                    [&](const HostInterface& one) { return one.name == name; });
    return found == host_.interfaces.end() ? nullptr : &*found;
  }

  /// The interface that a key names, or an error.
  const HostInterface* named(std::string_view key, const std::string& name) {
    const auto* interface = find(name);
    if (interface == nullptr) {
      findings_.error(key,
                      fmt::format("this host has no interface {}; make it, or name another", name));
    }
    return interface;
  }

  /// The interface where addresses stand: a bridge's port hands all frames to its bridge.
  std::string addressed(std::string_view key, const std::string& name) {
    const auto* interface = named(key, name);
    if (interface == nullptr || interface->master.empty()) return name;
    const auto* master = find(interface->master);
    if (master == nullptr || !master->is_bridge) return name;
    findings_.notice(key, fmt::format("{} is a port of {}, so {} {}", name, master->name,
                                      settings_.mode == NetworkMode::Static ? "DHCP answers on"
                                                                            : "addresses stand on",
                                      master->name));
    return master->name;
  }

  void checkBridge() {
    const auto* bridge = named("VNET_BRIDGE", settings_.host.bridge);
    if (bridge != nullptr && !bridge->is_bridge) {
      findings_.error("VNET_BRIDGE", fmt::format("{} is not a bridge; name one", bridge->name));
    }
  }

  void checkPrivateInterface() {
    facts_.private_interface = addressed("VNET_PRIVINTERFACE", settings_.host.private_interface);
    const auto* interface = find(facts_.private_interface);
    if (interface == nullptr || settings_.mode != NetworkMode::ManagedNoVlan) return;
    if (interface->is_bridge && facts_.has_other_hosts) checkTurningAround(*interface);
    if (settings_.host.role == Role::All && facts_.private_interface != settings_.host.bridge) {
      findings_.error("VNET_PRIVINTERFACE",
                      fmt::format("the instances of this host could not reach their gateway on {}; "
                                  "name VNET_BRIDGE {} or one of its ports",
                                  facts_.private_interface, settings_.host.bridge));
    }
  }

  /// A packet may come in by a port of the bridge and be translated to a destination that is behind
  /// the same port: instances of other hosts that use elastic addresses.
  void checkTurningAround(const HostInterface& bridge) {
    const auto& name = settings_.host.private_interface;
    const auto* port = find(name);
    const bool is_port = name != bridge.name;
    if (is_port && port->mac == bridge.mac) {
      facts_.private_port = name;
      return;
    }
    // With br_netfilter the bridge itself turns a packet around, and not to where it came from.
    // Past the bridge go only frames from a port that bears its MAC: the kernel takes others for
    // another host's.
    const auto cure =
        is_port ? fmt::format(
                      "give {0} the MAC of {1} (ip link set {0} address {2}) and restart "
                      "netctld",
                      bridge.name, name, net::format(port->mac))
                : fmt::format("name the port, which must bear the MAC of {}", bridge.name);
    findings_.notice(
        "VNET_PRIVINTERFACE",
        fmt::format("where net.bridge.bridge-nf-call-iptables is 1, instances of other hosts that "
                    "are behind one port of {} do not reach each other's elastic addresses, nor "
                    "their own; {}, or set it to 0",
                    bridge.name, cure));
  }

  void checkTrunk() {
    facts_.private_interface = settings_.host.private_interface;
    const auto* trunk = named("VNET_PRIVINTERFACE", settings_.host.private_interface);
    if (trunk == nullptr || trunk->master.empty()) return;
    findings_.error(
        "VNET_PRIVINTERFACE",
        fmt::format("{} is a port of {}, which takes the tagged frames before the VLANs "
                    "see them; take it out of there, or name another interface",
                    trunk->name, trunk->master));
  }

  /// What nodes and their instances' ports must know of the wire that they are on.
  void findWire() {
    const auto& [bridge, name] = std::tie(settings_.host.bridge, settings_.host.private_interface);
    const auto* interface = find(name);
    const bool is_port = interface != nullptr && !bridge.empty() && interface->master == bridge;
    if (is_port) facts_.uplink = name;
    const bool has_trunk = settings_.mode == NetworkMode::Managed;
    facts_.port_mtu = has_trunk ? facts_.mtu : mtuOf(is_port ? name : bridge);
    if (settings_.host.role != Role::Node && settings_.mode == NetworkMode::ManagedNoVlan) {
      addMacs(facts_.private_interface);
    }
  }

  /// Of an interface and of its members, where it is a bond; a bridge's other ports send nothing of
  /// this host's.
  void addMacs(const std::string& name) {
    const auto* interface = find(name);
    if (interface == nullptr) return;
    facts_.private_macs.insert(interface->mac);
    for (const auto& each : host_.interfaces) {
      if (each.master == name && (!interface->is_bridge || hasMembers(each))) addMacs(each.name);
    }
  }
  [[nodiscard]] bool hasMembers(const HostInterface& interface) const {
    return std::ranges::any_of(host_.interfaces, [&](const HostInterface& other) {
      return other.master == interface.name;
    });
  }

  [[nodiscard]] std::uint32_t mtuOf(std::string_view name) const {
    const auto* interface = find(name);
    return interface == nullptr ? HostFacts{}.mtu : interface->mtu;
  }

  void checkAddresses() {
    for (const auto& [interface, address, ours] : host_.addresses) {
      if (ours) continue;
      const auto text = fmt::format("{} on {}", net::format(address), interface);
      if (settings_.plan.subnet.contains(address)) {
        findings_.error(
            "VNET_SUBNET",
            fmt::format("the private subnet {} must hold no address of this host, but has {}",
                        net::format(settings_.plan.subnet), text));
      }
      if (settings_.pool.contains(address)) {
        findings_.error(
            "VNET_PUBLICIPS",
            fmt::format("must hold no address of this host, but has {}; take it out with !{}", text,
                        net::format(address)));
      }
    }
  }

  /// Where it leaves elsewhere, so do the answers of public addresses, and routers there may drop
  /// them as forged.
  void checkDefaultRoute() {
    const auto& leaving = host_.default_routes;
    if (settings_.host.public_router || leaving.empty() || settings_.pool.ranges().empty() ||
        std::ranges::find(leaving, facts_.public_interface) != leaving.end()) {
      return;
    }
    findings_.notice(
        "VNET_PUBINTERFACE",
        fmt::format("this host's default route leaves by {}, and with it all answers of public "
                    "addresses; set NETCTL_PUBROUTER to the router behind {}",
                    leaving.front(), facts_.public_interface));
  }

  /// The DHCP server needs an address on the interface where it answers, and no client may have it.
  void checkMap() {
    const auto& subnet = settings_.plan.subnet;
    std::set<net::Ipv4Address> own;
    bool answers = false;
    for (const auto& [interface, address, ours] : host_.addresses) {
      own.insert(address);
      answers = answers || (interface == facts_.private_interface && subnet.contains(address));
    }
    if (!answers && find(facts_.private_interface) != nullptr) {
      findings_.error(
          "VNET_PRIVINTERFACE",
          fmt::format("{} must have an address of {}, by which DHCP answers; give it one "
                      "that is in no pair of VNET_MACMAP",
                      facts_.private_interface, net::format(subnet)));
    }
    for (const auto& pair : settings_.mac_map.pairs()) {
      if (!own.contains(pair.address)) continue;
      findings_.error("VNET_MACMAP", fmt::format("must hold no address of this host, but has {}={}",
                                                 net::format(pair.mac), net::format(pair.address)));
    }
  }

  const cloud::Settings& settings_;
  const HostNetwork& host_;
  Findings findings_;
  HostFacts facts_;
};

}  // namespace

HostCheck checkHost(const Configuration& configuration, const HostNetwork& host) {
  return Check(configuration, host).run();
}

}  // namespace netctl::config
