#include "modes/dhcp_hosts.h"

#include "modes/render/by_object.h"

#include <utility>

namespace netctl {
namespace {

struct DhcpHosts {
  using Source = cloud::Instance;
  using Key = net::MacAddress;

  static std::optional<Key> key(const auto& /*cloud*/, const Source& instance) {
    return instance.mac;
  }
  static host::DhcpHost value(const auto& /*cloud*/, const Source& instance) {
    return {instance.private_address.value(), instance.tag.value_or(kOnlyNetwork),
            cloud::hostName(instance)};
  }
  static cloud::Ref<Source> find(const cloud::Cloud& cloud, const Key& mac) {
    return cloud.instanceByMac(mac);
  }
  static void claim(const Key& mac, host::Rendering& rendering) {
    rendering.scope.dhcp_hosts.insert(mac);
  }
  static void put(const Key& mac, host::DhcpHost host, host::HostState& state) {
    state.dhcp.hosts[mac] = std::move(host);
  }
};

}  // namespace

host::DhcpServer dhcpServer(const cloud::Settings& settings, net::Ipv4Address netmask,
                            std::string interface, std::uint32_t mtu) {
  return {.range = settings.plan.subnet,
          .netmask = netmask,
          .interfaces = {std::move(interface)},
          .dns = settings.dns,
          .domain_name = settings.domain_name,
          .lease_seconds = settings.lease_seconds,
          .mtu = mtu};
}

void addDhcpHosts(render::Renderers& renderers) {
  addByObject(renderers, DhcpHosts{});
}

}  // namespace netctl
