#pragma once

#include "netctl/controller/view.h"

#include <cstddef>

/// What status and the metrics both count. The cost follows the number of ports and groups.
namespace netctl::controller {

/// The ports of instances on this host.
struct PortCounts {
  std::size_t waiting = 0;
  std::size_t open = 0;
  std::size_t failed = 0;
};
PortCounts countPorts(const View& view);

/// The networks that groups have.
std::size_t countNetworks(const cloud::Cloud& cloud);

}  // namespace netctl::controller
