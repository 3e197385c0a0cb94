#include "netctl/controller/counts.h"

#include <algorithm>

namespace netctl::controller {

PortCounts countPorts(const View& view) {
  PortCounts counts;
  for (const auto& [id, port] : view.ports) {
    counts.waiting += port.state == cloud::PortState::Waiting ? 1 : 0;
    counts.open += port.state == cloud::PortState::Open ? 1 : 0;
    counts.failed += port.state == cloud::PortState::Failed ? 1 : 0;
  }
  return counts;
}

std::size_t countNetworks(const cloud::Cloud& cloud) {
  return static_cast<std::size_t>(std::ranges::count_if(
      cloud.groups(), [](const auto& group) { return group.second->tag.has_value(); }));
}

}  // namespace netctl::controller
