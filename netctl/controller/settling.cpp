#include "netctl/controller/settling.h"

#include <utility>

namespace netctl::controller {

host::Areas Settling::seen(host::Areas changed) {
  bool any_table = false;
  for (const auto table : host::kTables) {
    if (const auto area = host::areaOf(table); changed.erase(area) > 0) {
      moving_.insert(area);
      any_table = true;
    }
  }
  if (any_table && ++looks_ <= kLooks) return changed;
  looks_ = 0;
  changed.merge(std::exchange(moving_, {}));
  return changed;
}

}  // namespace netctl::controller
