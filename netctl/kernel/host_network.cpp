#include "netctl/kernel/host_network.h"

#include "netctl/kernel/addresses.h"

namespace netctl::kernel {

const Link* HostNetwork::masterOf(const Link& link) const {
  if (link.master == 0) return nullptr;
  for (const auto& [name, other] : links) {
    if (other.index == link.master) return &other;
  }
  return nullptr;
}

Result<HostNetwork> readHostNetwork() {
  auto socket = RouteSocket::open();
  if (!socket) return socket.error();
  const auto links = readLinks(*socket);
  if (!links) return links.error();
  const auto addresses = readAddresses(*socket);
  if (!addresses) return addresses.error();
  HostNetwork network;
  std::map<int, std::string> names;
  for (const auto& link : *links) {
    names[link.index] = link.name;
    network.links.emplace(link.name, link);
  }
  for (const auto& each : *addresses) {
    // A device that came between the two readings is as good as none.
    if (!names.contains(each.index)) continue;
    network.addresses.push_back({names[each.index], each.address, each.length, each.protocol});
  }
  return network;
}

}  // namespace netctl::kernel
