#include "netctl/config/keys.h"

#include "base/nearest_name.h"

#include <algorithm>
#include <vector>

namespace netctl::config {
const Key* findKey(std::string_view name) {
  const auto table = keys();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Key& key) { return key.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::optional<std::string_view> nearestKey(std::string_view name, std::size_t farthest) {
  std::vector<std::string_view> names;
  for (const auto& key : keys()) names.push_back(key.name);
  return nearestName(name, names, farthest);
}

}  // namespace netctl::config
