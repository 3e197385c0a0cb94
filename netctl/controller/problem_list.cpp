#include "netctl/controller/problem_list.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace netctl::controller {
namespace {

using Names = std::set<std::pair<std::string, std::string>>;

Names namesOf(const std::vector<Problem>& problems) {
  Names names;
  for (const auto& problem : problems) names.emplace(problem.object, problem.what);
  return names;
}

EventKind kindOf(Severity severity) {
  return severity == Severity::error ? EventKind::Error : EventKind::Notice;
}

}  // namespace

void ProblemList::replace(const std::string& finder, std::vector<Problem> problems,
                          EventLog& events) {
  auto& known = by_finder_[finder];
  if (known == problems) return;
  const auto before = namesOf(known);
  const auto after = namesOf(problems);
  for (const auto& [object, what] : before) {
    if (after.contains({object, what})) continue;
    events.add(EventKind::Change, object, "problem ended: " + what);
    spdlog::info("controller problem ended object=\"{}\" what=\"{}\"", object, what);
  }
  for (const auto& problem : problems) {
    if (before.contains({problem.object, problem.what})) continue;
    events.add(kindOf(problem.severity), problem.object, "problem: " + problem.what);
    spdlog::warn("controller problem object=\"{}\" what=\"{}\" consequence=\"{}\" remedy=\"{}\"",
                 problem.object, problem.what, problem.consequence, problem.remedy);
  }
  known = std::move(problems);
  all_.clear();
  for (const auto& [name, found] : by_finder_) all_.insert(all_.end(), found.begin(), found.end());
  std::ranges::stable_sort(all_, std::greater<>(), &Problem::severity);
}

}  // namespace netctl::controller
