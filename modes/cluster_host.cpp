#include "modes/cluster_host.h"

#include "modes/dhcp_hosts.h"
#include "modes/firewall/firewall.h"
#include "modes/firewall/metadata.h"
#include "modes/host/names.h"
#include "modes/metadata/documents.h"
#include "modes/render/by_object.h"

#include <string>
#include <variant>

namespace netctl {
namespace {

using cloud::Address;
using cloud::Cloud;
using cloud::Group;
using firewall::InstanceInterface;
using host::InterfaceAddress;

/// What iptables writes with a plus, dnsmasq writes with an asterisk.
std::string dhcpInterface(const InstanceInterface& interface) {
  auto pattern = interface.pattern;
  if (pattern.ends_with('+')) pattern.back() = '*';
  return pattern;
}

/// A network's gateway address and DHCP options, by its tag.
struct Gateways {
  using Source = Group;
  using Key = net::Tag;

  static std::optional<Key> key(const auto& /*cloud*/, const Group& group) { return group.tag; }
  InterfaceAddress value(const auto& /*cloud*/, const Group& group) const {
    return gateway(group.tag.value());
  }
  static cloud::Ref<Group> find(const Cloud& cloud, Key tag) { return cloud.groupByTag(tag); }
  void claim(Key tag, host::Rendering& rendering) const {
    rendering.scope.addresses.insert(gateway(tag));
    rendering.scope.dhcp_networks.insert(tag);
  }
  static void put(Key tag, const InterfaceAddress& gateway, host::HostState& state) {
    state.addresses.insert(gateway);
    state.dhcp.networks[tag] = {gateway.address};
  }
  [[nodiscard]] InterfaceAddress gateway(Key tag) const {
    return {interface.ofNetwork(tag), plan.gateway(tag), plan.network(tag).length};
  }

  cloud::AddressPlan plan;
  InstanceInterface interface;
};

/// Public addresses stand on the host while they lead to an instance, or ports of theirs do.
struct PublicAddresses {
  using Source = Address;
  using Key = InterfaceAddress;

  std::optional<Key> key(const auto& cloud, const Address& address) const {
    if (!address.instance && !cloud.hasForwards(address.address)) return std::nullopt;
    return place(address.address);
  }
  static std::monostate value(const auto& /*cloud*/, const Address& /*address*/) { return {}; }
  static cloud::Ref<Address> find(const Cloud& cloud, const Key& key) {
    return cloud.address(key.address);
  }
  void touchBesides(const render::FormerCloud& former, const auto& touch) const {
    for (const auto& [id, change] : former.changes().forwards) {
      // The host's own are there anyway, and not by us.
      if (former.settings().pool.contains(id.address)) touch(place(id.address));
    }
  }
  static void claim(const Key& key, host::Rendering& rendering) {
    rendering.scope.addresses.insert(key);
  }
  static void put(const Key& key, std::monostate /*value*/, host::HostState& state) {
    state.addresses.insert(key);
  }
  [[nodiscard]] Key place(net::Ipv4Address address) const {
    return {interface, address, 32, false};
  }

  std::string interface;
};

}  // namespace

void addClusterHost(const cloud::Settings& settings, const HostFacts& facts,
                    const InstanceInterface& interface, render::Renderers& renderers) {
  addFixed(renderers, [=](const cloud::Settings& of, host::HostState& state) {
    state.sysctls[std::string(host::kForwarding)] = "1";
    // The kernel asks the device by which a packet comes in.
    state.sysctls[host::deviceForwarding(facts.public_interface)] = "1";
    state.addresses.insert({std::string(host::kLoopback), firewall::kMetadataAddress, 32});
    const auto netmask = of.plan.network({net::Tag::kFirst}).netmask();
    state.dhcp.server = dhcpServer(of, netmask, dhcpInterface(interface), facts.mtu);
    if (const auto& router = of.host.public_router) {
      state.public_router = {facts.public_interface, *router, of.plan.subnet};
    }
    state.dhcp_checksums = host::InterfaceMatch{interface.pattern};
  });
  addByObject(renderers, Gateways{settings.plan, interface});
  addDhcpHosts(renderers);
  if (!settings.metadata_endpoint) metadata::addMetadata(renderers);
  addByObject(renderers, PublicAddresses{facts.public_interface});
  firewall::addFirewall(settings, interface, facts.dns_is_local, renderers);
}

}  // namespace netctl
