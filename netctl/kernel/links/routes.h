#pragma once

#include "base/result.h"
#include "modes/net/address.h"
#include "netctl/kernel/netlink/route_socket.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace netctl::kernel {

/// An IPv4 route by which packets leave or are dropped: not one of the host's own addresses.
struct Route {
  net::Ipv4Prefix prefix;
  std::uint32_t table = 0;  ///< RT_TABLE_MAIN, or another one
  int index = 0;            ///< of its device, the first one where it has several; 0: none
  std::uint32_t metric = 0;
  std::optional<net::Ipv4Address> gateway;
  std::optional<net::Ipv4Address> source;  ///< that the host takes by itself on this way

  bool operator==(const Route&) const = default;
};

/// The routes of all tables but the local one.
Result<std::vector<Route>> readRoutes(RouteSocket& socket);

}  // namespace netctl::kernel
