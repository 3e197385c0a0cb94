#include "netctl/config/host_check.h"

#include "netctl/config/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace netctl::config {
namespace {

using cloud::NetworkMode;
using cloud::Role;

constexpr net::Ipv4Prefix kLoopback{{0x7f000000U}, 8};

class Check {
 public:
  Check(const Configuration& configuration, const HostNetwork& host)
      : settings_(configuration.settings),
        services_(configuration.services),
        host_(host),
        findings_({}, configuration.entries) {
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
    }
    if (routes && settings_.mode == NetworkMode::Static) checkMap();
    checkListening("NETCTL_LISTEN", services_.listen,
                   "other machines reach neither the RPC nor the node link there");
    checkListening("NETCTL_METRICS_LISTEN", services_.metrics_listen, "nobody reads metrics there");
    if (routes) {
      checkListening("NETCTL_EC2_LISTEN", services_.ec2_listen, "nobody reaches EC2 there");
    }
    facts_.dns_is_local =
        std::any_of(host_.addresses.begin(), host_.addresses.end(),
                    [&](const HostAddress& address) { return address.address == settings_.dns; });
    return {findings_.take(), std::move(conditions_), facts_, std::move(taken_),
            std::move(public_addresses_)};
  }

 private:
  [[nodiscard]] const HostInterface* find(std::string_view name) const {
    const auto found = std::find_if(host_.interfaces.begin(), host_.interfaces.end(),
                                    [&](const HostInterface& one) { return one.name == name; });
    return found == host_.interfaces.end() ? nullptr : &*found;
  }

  void condition(std::string_view key, std::string object, std::string what,
                 std::string consequence, std::string remedy) {
    conditions_.push_back({std::string(key), std::move(object), std::move(what),
                           std::move(consequence), std::move(remedy)});
  }

  /// The interface that a key names; null where it is not there.
  const HostInterface* named(std::string_view key, const std::string& name) {
    const auto* interface = find(name);
    if (interface == nullptr) {
      condition(key, fmt::format("interface {}", name),
                fmt::format("is not there, and {} names it", key), std::string(consequenceOf(key)),
                fmt::format("make it, or name another in {}; netctld waits for it", key));
    }
    return interface;
  }

  /// Of an interface that is not there.
  static std::string_view consequenceOf(std::string_view key) {
    if (key == "VNET_PUBINTERFACE") {
      return "no public address works, and instances do not get out by it";
    }
    if (key == "VNET_BRIDGE") return "the ports of this host's instances are not plugged";
    return "instances reach neither their gateway nor DHCP by it";
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
      condition("VNET_BRIDGE", fmt::format("interface {}", bridge->name),
                "is not a bridge, and VNET_BRIDGE names it",
                std::string(consequenceOf("VNET_BRIDGE")), "name a bridge in VNET_BRIDGE");
    }
  }

  void checkPrivateInterface() {
    facts_.private_interface = addressed("VNET_PRIVINTERFACE", settings_.host.private_interface);
    const auto* interface = find(facts_.private_interface);
    if (interface == nullptr || settings_.mode != NetworkMode::ManagedNoVlan) return;
    if (interface->is_bridge && facts_.has_other_hosts) checkTurningAround(*interface);
    // Without the bridge there is nothing to be a port of, and that is said already.
    if (settings_.host.role == Role::All && find(settings_.host.bridge) != nullptr &&
        facts_.private_interface != settings_.host.bridge) {
      condition("VNET_PRIVINTERFACE", fmt::format("interface {}", facts_.private_interface),
                fmt::format("is not the bridge {} nor a port of it", settings_.host.bridge),
                "the instances of this host do not reach their gateway",
                fmt::format("make it a port of {0}, or name {0} or a port of it in "
                            "VNET_PRIVINTERFACE",
                            settings_.host.bridge));
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
    condition("VNET_PRIVINTERFACE", fmt::format("interface {}", trunk->name),
              fmt::format("is a port of {}", trunk->master),
              fmt::format("{} takes the tagged frames before the VLANs see them, so that instances "
                          "of other hosts are not reached",
                          trunk->master),
              "take it out of there, or name another interface in VNET_PRIVINTERFACE");
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
      if (interface == facts_.public_interface && !settings_.pool.contains(address)) {
        public_addresses_.push_back(address);
      }
      const auto holder = fmt::format("{} on {}", net::format(address), interface);
      if (settings_.plan.subnet.contains(address)) overlap(net::prefixOf(address, 32), holder);
      if (settings_.pool.contains(address)) {
        taken_.push_back({net::prefixOf(address, 32), holder});
        condition("VNET_PUBLICIPS", fmt::format("address {}", net::format(address)),
                  fmt::format("is on {} of this host, and VNET_PUBLICIPS has it too", interface),
                  "it is not handed out",
                  fmt::format("take it out of VNET_PUBLICIPS with !{}", net::format(address)));
      }
    }
    std::ranges::sort(public_addresses_);
    for (const auto& [prefix, interface, ours] : host_.routes) {
      // What is wider than the private subnet loses against our networks' routes, and wins nothing.
      if (ours || !settings_.plan.subnet.contains(prefix)) continue;
      overlap(prefix, fmt::format("the route {} by {}", net::format(prefix), interface));
    }
  }

  void overlap(const net::Ipv4Prefix& range, const std::string& holder) {
    taken_.push_back({range, holder});
    condition("VNET_SUBNET", fmt::format("private subnet {}", net::format(settings_.plan.subnet)),
              fmt::format("overlaps {} of this host", holder),
              "what the host has there and the networks of instances there may not reach each "
              "other or anybody; new networks keep clear of it",
              "take it away, give it other addresses, or change VNET_SUBNET");
    conditions_.back().is_overlap = true;
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
      condition("VNET_PRIVINTERFACE", fmt::format("interface {}", facts_.private_interface),
                fmt::format("has no address of {}", net::format(subnet)),
                "DHCP answers by such an address, and gives none to instances",
                "give it one that is in no pair of VNET_MACMAP");
    }
    for (const auto& pair : settings_.mac_map.pairs()) {
      if (!own.contains(pair.address)) continue;
      condition(
          "VNET_MACMAP", fmt::format("address {}", net::format(pair.address)),
          fmt::format("is this host's own, and VNET_MACMAP has it for {}", net::format(pair.mac)),
          "that instance and this host have one address",
          "take the pair out of VNET_MACMAP, or give this host another address");
    }
  }

  /// A socket may be bound before its address comes; until then nobody reaches it.
  void checkListening(std::string_view key, const std::optional<Endpoint>& endpoint,
                      std::string consequence) {
    if (!endpoint) return;
    const auto address = net::parseIpv4Address(endpoint->host);
    if (!address || *address == net::Ipv4Address{} || kLoopback.contains(*address)) return;
    const bool stands =
        std::any_of(host_.addresses.begin(), host_.addresses.end(),
                    [&](const HostAddress& one) { return one.address == *address; });
    if (stands) return;
    condition(
        key, fmt::format("address {}", endpoint->host),
        fmt::format("is on no interface of this host, and {} names it", key),
        std::move(consequence),
        fmt::format("give it to an interface, or name another in {}; netctld waits for it", key));
  }

  const cloud::Settings& settings_;
  const ServiceSettings& services_;
  const HostNetwork& host_;
  Findings findings_;  ///< notices
  std::vector<HostCondition> conditions_;
  HostFacts facts_;
  std::vector<cloud::Taken> taken_;
  std::vector<net::Ipv4Address> public_addresses_;
};

}  // namespace

HostCheck checkHost(const Configuration& configuration, const HostNetwork& host) {
  return Check(configuration, host).run();
}

}  // namespace netctl::config
