#include "modes/cluster_host.h"

#include "modes/dhcp_hosts.h"
#include "modes/firewall/former_cloud.h"
#include "modes/firewall/group_chains.h"
#include "modes/firewall/metadata.h"
#include "modes/firewall/masquerading.h"
#include "modes/firewall/sets.h"
#include "modes/host/names.h"

#include <utility>

namespace netctl {
namespace {

host::DhcpNetwork dhcpNetwork(const cloud::Cloud& cloud, net::Tag tag) {
  return {cloud.settings().plan.gateway(tag)};
}

/// What iptables writes with a plus, dnsmasq writes with an asterisk.
std::string dhcpInterface(const firewall::Wiring& wiring) {
  auto interface = wiring.instance_interface;
  if (interface.ends_with('+')) interface.back() = '*';
  return interface;
}

/// Public addresses stand on the host while they lead to an instance.
bool stands(const cloud::Ref<cloud::Address>& address) {
  return address && address->instance;
}

}  // namespace

ClusterHost::ClusterHost(firewall::Wiring wiring, HostFacts facts)
    : wiring_(std::move(wiring)), facts_(std::move(facts)) {}

host::InterfaceAddress ClusterHost::gateway(const cloud::Cloud& cloud, net::Tag tag) const {
  const auto& plan = cloud.settings().plan;
  return {wiring_.interfaceOf(tag), plan.gateway(tag), plan.network(tag).length};
}

host::InterfaceAddress ClusterHost::elastic(net::Ipv4Address address) const {
  return {facts_.public_interface, address, 32};
}

host::Rendering ClusterHost::render(const cloud::Cloud& cloud) const {
  auto rendering = host::everything();
  auto& state = rendering.desired;
  state.sysctls["net.ipv4.ip_forward"] = "1";
  state.addresses.insert({std::string(host::kLoopback), firewall::kMetadataAddress, 32});
  const auto& settings = cloud.settings();
  state.dhcp.server = dhcpServer(settings, settings.plan.network({net::Tag::kFirst}).netmask(),
                                 dhcpInterface(wiring_), facts_);
  state.dhcp_checksums = host::InterfaceMatch{wiring_.instance_interface};
  for (const auto& [id, group] : cloud.groups()) {
    if (!group->tag) continue;
    state.addresses.insert(gateway(cloud, *group->tag));
    state.dhcp.networks[*group->tag] = dhcpNetwork(cloud, *group->tag);
  }
  addDhcpHosts(cloud, state);
  for (const auto& [address, object] : cloud.addresses()) {
    if (stands(object)) state.addresses.insert(elastic(address));
  }
  firewall::addSets(cloud, wiring_, state);
  firewall::addFilter(cloud, wiring_, state);
  firewall::addNat(cloud, wiring_, state);
  return rendering;
}

host::Rendering ClusterHost::render(const cloud::Cloud& cloud,
                                    const cloud::Changes& changes) const {
  host::Rendering rendering;
  for (const auto& [id, change] : changes.groups) {
    for (const auto tag : firewall::movedTags(change)) touchNetwork(cloud, tag, rendering);
  }
  addTouchedDhcpHosts(cloud, changes, rendering);
  for (const auto& [address, change] : changes.addresses) {
    if (stands(change.before) != stands(change.after)) touchAddress(cloud, address, rendering);
  }
  const firewall::Before before(cloud, changes);
  firewall::addTouchedSets(cloud, changes, before, wiring_, rendering);
  firewall::addTouchedFilter(cloud, changes, before, rendering);
  firewall::addTouchedNat(cloud, changes, rendering);
  return rendering;
}

void ClusterHost::touchNetwork(const cloud::Cloud& cloud, net::Tag tag,
                               host::Rendering& rendering) const {
  const auto address = gateway(cloud, tag);
  rendering.scope.addresses.insert(address);
  rendering.scope.dhcp_networks.insert(tag);
  if (!cloud.groupByTag(tag)) return;
  rendering.desired.addresses.insert(address);
  rendering.desired.dhcp.networks[tag] = dhcpNetwork(cloud, tag);
}

void ClusterHost::touchAddress(const cloud::Cloud& cloud, net::Ipv4Address address,
                               host::Rendering& rendering) const {
  rendering.scope.addresses.insert(elastic(address));
  if (stands(cloud.address(address))) rendering.desired.addresses.insert(elastic(address));
}

}  // namespace netctl
