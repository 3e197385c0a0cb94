#include "netctl/surroundings/interface_pattern.h"
#include "netctl/surroundings/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace netctl::surroundings {
namespace {

using kernel::RuleHead;

/// Targets after which the next rule is asked (iptables-extensions(8)).
constexpr std::array<std::string_view, 15> kGoesOn{
    "",        "RETURN", "LOG",      "NFLOG", "ULOG", "TRACE", "MARK", "CONNMARK", "CONNSECMARK",
    "SECMARK", "TCPMSS", "CLASSIFY", "DSCP",  "SET",  "AUDIT"};

/// What is forwarded to or from the instances may meet the rule.
bool mayMeetInstances(const RuleHead& rule, const Place& place) {
  const bool from =
      rule.source.overlaps(place.subnet) && mayBeSame(rule.in, place.private_interface);
  const bool to =
      rule.destination.overlaps(place.subnet) && mayBeSame(rule.out, place.private_interface);
  return from || to;
}

class Search {
 public:
  Search(const RulesBeforeOurs& before, const Place& place) : before_(before), place_(place) {}

  /// The verdict that the rule may give to an instance's packet; empty: none.
  std::string_view verdictOf(const RuleHead& rule) {
    if (std::ranges::find(kGoesOn, rule.verdict) != kGoesOn.end()) return {};
    if (!mayMeetInstances(rule, place_)) return {};
    const auto called = before_.chains.find(rule.verdict);
    if (called == before_.chains.end()) return rule.verdict;
    if (!seen_.insert(rule.verdict).second) return {};
    for (const auto& each : called->second) {
      if (const auto verdict = verdictOf(each); !verdict.empty()) return verdict;
    }
    return {};
  }

 private:
  const RulesBeforeOurs& before_;
  const Place& place_;
  std::set<std::string> seen_;
};

std::string textOf(const RuleHead& rule) {
  std::string text;
  if (rule.source.length != 0) text += fmt::format("-s {} ", net::format(rule.source));
  if (rule.destination.length != 0) text += fmt::format("-d {} ", net::format(rule.destination));
  if (!rule.in.empty()) text += fmt::format("-i {} ", rule.in);
  if (!rule.out.empty()) text += fmt::format("-o {} ", rule.out);
  return text + "... -j " + rule.verdict;
}

}  // namespace

Problems ruleProblems(const RulesBeforeOurs& before, const Place& place) {
  Problems problems;
  if (!place.routes) return problems;
  for (const auto& rule : before.rules) {
    const auto verdict = Search(before, place).verdictOf(rule);
    if (verdict.empty()) continue;
    const bool opens = verdict == "ACCEPT";
    problems.push_back(
        {"iptables chain FORWARD", fmt::format("has {} before netctl's jump", textOf(rule)),
         opens ? "packets that meet it pass whatever the instances' groups permit, and revoking "
                 "ends no flow of theirs"
               : fmt::format("packets of instances that meet it end there ({}), whatever their "
                             "groups permit",
                             verdict),
         "put the rule behind netctl's (iptables-legacy -D FORWARD ..., then -A), or have it leave "
         "the instances alone",
         controller::Severity::warning});
  }
  return problems;
}

}  // namespace netctl::surroundings
