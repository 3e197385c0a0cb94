#include "netctl/controller/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace netctl::controller {

bool isHealthy(const Status& status) {
  return std::ranges::all_of(status.not_in_force, &NotInForce::waits_for_device) &&
         std::ranges::none_of(status.problems, [](const Problem& problem) {
           return problem.severity == Severity::error;
         });
}

std::string unhealthyText(const Status& status) {
  std::string text;
  for (const auto& part : status.not_in_force) {
    if (part.waits_for_device) continue;
    fmt::format_to(std::back_inserter(text), "not in force: {}: {}\n", part.object, part.reason);
  }
  for (const auto& problem : status.problems) {
    if (problem.severity != Severity::error) continue;
    fmt::format_to(std::back_inserter(text), "problem: {}: {}\n", problem.object, problem.what);
  }
  return text;
}

}  // namespace netctl::controller
