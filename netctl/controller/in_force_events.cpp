#include "netctl/controller/in_force_events.h"

#include <utility>

namespace netctl::controller {

void InForceEvents::update(const std::vector<NotInForce>& left, EventLog& events) {
  std::map<std::string, std::string> reasons;
  for (const auto& part : left) {
    reasons.emplace(part.object, part.reason);
  }
  for (const auto& [object, reason] : reasons_) {
    if (!reasons.contains(object)) events.add(EventKind::Change, object, "in force");
  }
  for (const auto& [object, reason] : reasons) {
    if (reasons_.contains(object)) continue;
    events.add(EventKind::Error, object, "not in force: " + reason);
  }
  reasons_ = std::move(reasons);
}

}  // namespace netctl::controller
