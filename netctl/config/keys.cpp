#include "netctl/config/keys.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>
#include <vector>

namespace netctl::config {
namespace {

/// Levenshtein's distance, without case; anything above `limit` where it is above that.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = std::toupper(static_cast<unsigned char>(a[i - 1])) ==
                        std::toupper(static_cast<unsigned char>(b[j - 1]));
      const auto replaced = diagonal + (same ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
    // The rows never fall again: most names end here after a few letters.
    if (*std::min_element(row.begin(), row.end()) > limit) return limit + 1;
  }
  return row[b.size()];
}

}  // namespace

const Key* findKey(std::string_view name) {
  const auto table = keys();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Key& key) { return key.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::optional<std::string_view> nearestKey(std::string_view name, std::size_t farthest) {
  std::optional<std::string_view> nearest;
  auto least = farthest + 1;
  for (const auto& key : keys()) {
    const bool too_long = name.size() > key.name.size() + farthest;
    if (too_long || key.name.size() > name.size() + farthest) continue;
    if (const auto far = distance(name, key.name, farthest); far < least) {
      least = far;
      nearest = key.name;
    }
  }
  return nearest;
}

}  // namespace netctl::config
