#pragma once

#include "modes/host/address_kind.h"
#include "netctl/kernel/netlink/route_socket.h"

#include <optional>

/// The route that the kernel makes with an address to the network around it. Without it the host
/// has the address and reaches nobody there.
namespace netctl::kernel {

/// The address that such a route was made with, where an RTM_NEWROUTE or RTM_DELROUTE message is
/// about one: the index of its device, the address and the length.
struct NetworkRoute {
  int index = 0;
  net::Ipv4Address address;
  std::uint8_t length = 0;

  auto operator<=>(const NetworkRoute&) const = default;
};
std::optional<NetworkRoute> parseNetworkRoute(nlmsghdr& message);

/// True where packets into the network take it, or one that somebody has made for a part of the
/// network.
Result<bool> hasNetworkRoute(RouteSocket& socket, const NetworkRoute& route);
/// As the kernel makes it (fib_add_ifaddr). One that is there is not an error.
Result<void> addNetworkRoute(RouteSocket& socket, const NetworkRoute& route);

}  // namespace netctl::kernel
