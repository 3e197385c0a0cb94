#include "netctl/surroundings/host_network.h"

#include "modes/host/names.h"
#include "netctl/kernel/links/interface_addresses.h"
#include "netctl/kernel/links/routes.h"
#include "netctl/kernel/netlink/route_socket.h"

#include <set>

namespace netctl::surroundings {
namespace {

Result<config::HostNetwork> readHostNetwork(kernel::RouteSocket& socket,
                                            const kernel::LinksByIndex& devices) {
  const auto addresses = kernel::readAddresses(socket);
  if (!addresses) return addresses.error();
  const auto routes = kernel::readRoutes(socket);
  if (!routes) return routes.error();
  config::HostNetwork network;
  for (const auto& [index, link] : devices) {
    const auto master = devices.find(link.master);
    network.interfaces.push_back({link.name, link.is_bridge,
                                  master != devices.end() ? master->second.name : "", link.mtu,
                                  link.mac});
  }
  for (const auto& each : *addresses) {
    // A device that came since the devices were read is as good as none.
    const auto device = devices.find(each.index);
    if (device == devices.end()) continue;
    network.addresses.push_back(
        {device->second.name, each.address, each.protocol == host::kAddressProtocol});
  }
  std::set<net::Ipv4Address> ours;
  for (const auto& address : network.addresses) {
    if (address.ours) ours.insert(address.address);
  }
  for (const auto& route : *routes) {
    if (route.prefix.length == 0) continue;
    const auto device = devices.find(route.index);
    network.routes.push_back({route.prefix,
                              device != devices.end() ? device->second.name : "no device",
                              route.source && ours.contains(*route.source)});
  }
  return network;
}

}  // namespace

Result<config::HostNetwork> readHostNetwork() {
  auto socket = kernel::RouteSocket::open();
  if (!socket) return socket.error();
  const auto devices = kernel::readLinks(*socket);
  if (!devices) return devices.error();
  return readHostNetwork(*socket, *devices);
}

Result<config::HostNetwork> readHostNetwork(const kernel::LinksByIndex& devices) {
  auto socket = kernel::RouteSocket::open();
  if (!socket) return socket.error();
  return readHostNetwork(*socket, devices);
}

}  // namespace netctl::surroundings
