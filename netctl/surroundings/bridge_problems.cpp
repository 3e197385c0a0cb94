#include "netctl/surroundings/problems.h"

#include <fmt/format.h>

#include <set>

namespace netctl::surroundings {

Problems bridgeProblems(const std::map<std::string, std::chrono::milliseconds>& stp_delays,
                        const Place& place) {
  Problems problems;
  if (!place.has_instances) return problems;
  const auto found = stp_delays.find(place.bridge);
  if (found == stp_delays.end() || found->second.count() == 0) return problems;
  // A port listens for as long, and learns for as long (IEEE 802.1D, 17.20).
  const auto seconds = std::chrono::duration<double>(2 * found->second).count();
  problems.push_back(
      {fmt::format("bridge {}", place.bridge), "has STP with a forward delay",
       fmt::format("an instance's port forwards nothing for its first {:g} s, so that its DHCP may "
                   "give up",
                   seconds),
       fmt::format("ip link set {} type bridge stp_state 0, or forward_delay 0 where it has no "
                   "loops",
                   place.bridge),
       controller::Severity::warning});
  return problems;
}

}  // namespace netctl::surroundings
