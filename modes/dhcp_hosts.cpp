#include "modes/dhcp_hosts.h"

#include <utility>

namespace netctl {
namespace {

host::DhcpHost dhcpHost(const cloud::Instance& instance) {
  return {instance.private_address.value(), instance.tag.value_or(kOnlyNetwork),
          cloud::hostName(instance)};
}

}  // namespace

host::DhcpServer dhcpServer(const cloud::Settings& settings, net::Ipv4Address netmask,
                            std::string interface, const HostFacts& facts) {
  return {.range = settings.plan.subnet,
          .netmask = netmask,
          .interfaces = {std::move(interface)},
          .dns = settings.dns,
          .domain_name = settings.domain_name,
          .lease_seconds = settings.lease_seconds,
          .mtu = facts.mtu};
}

void addDhcpHosts(const cloud::Cloud& cloud, host::HostState& state) {
  for (const auto& [id, instance] : cloud.instances()) {
    state.dhcp.hosts[instance->mac] = dhcpHost(*instance);
  }
}

void addTouchedDhcpHosts(const cloud::Cloud& cloud, const cloud::Changes& changes,
                         host::Rendering& rendering) {
  for (const auto& [id, change] : changes.instances) {
    if (change.before && change.after && change.before->mac == change.after->mac &&
        dhcpHost(*change.before) == dhcpHost(*change.after)) {
      continue;
    }
    for (const auto& instance : {change.before, change.after}) {
      if (!instance) continue;
      rendering.scope.dhcp_hosts.insert(instance->mac);
      if (const auto holder = cloud.instanceByMac(instance->mac)) {
        rendering.desired.dhcp.hosts[instance->mac] = dhcpHost(*holder);
      }
    }
  }
}

}  // namespace netctl
