#include "netctl/surroundings/interface_pattern.h"
#include "netctl/surroundings/problems.h"

#include <fmt/format.h>

#include <set>

namespace netctl::surroundings {
namespace {

/// What instances send, or what is sent to them, may meet the rule.
bool mayUntrackInstances(const UntrackingRule& rule, const Place& place) {
  if (rule.in == "lo") return false;
  const bool from =
      rule.source.overlaps(place.subnet) && mayBeSame(rule.in, place.private_interface);
  const bool to = rule.destination.overlaps(place.subnet);
  return from || to;
}

}  // namespace

Problems untrackingProblems(const std::vector<UntrackingRule>& rules, const Place& place) {
  Problems problems;
  if (!place.routes) return problems;
  std::set<std::string> named;
  for (const auto& rule : rules) {
    if (!mayUntrackInstances(rule, place) || !named.insert(rule.chain).second) continue;
    problems.push_back(
        {rule.chain, "keeps packets of instances out of conntrack (NOTRACK)",
         "such packets belong to no flow: none is translated, and none passes between networks or "
         "to and from the outside",
         fmt::format("have its rules leave {} and the public addresses alone, in both directions",
                     net::format(place.subnet)),
         controller::Severity::warning});
  }
  return problems;
}

}  // namespace netctl::surroundings
