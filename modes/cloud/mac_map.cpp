#include "modes/cloud/mac_map.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace netctl::cloud {

MacMap::MacMap(std::vector<MacPair> pairs) : pairs_(std::move(pairs)), by_mac_(pairs_.size()) {
  std::iota(by_mac_.begin(), by_mac_.end(), 0U);
  std::ranges::sort(by_mac_, {}, [this](std::uint32_t place) { return pairs_[place].mac; });
}

std::optional<std::uint32_t> MacMap::find(const net::MacAddress& mac) const {
  const auto found = std::ranges::lower_bound(
      by_mac_, mac, {}, [this](std::uint32_t place) { return pairs_[place].mac; });
  if (found == by_mac_.end() || pairs_[*found].mac != mac) return {};
  return *found;
}

}  // namespace netctl::cloud
