#include "netctl/controller/outstanding.h"

#include "modes/host/describe.h"

#include <algorithm>

namespace netctl::controller {
namespace {

bool waitsForDevice(const host::FailedStep& failed) {
  return std::holds_alternative<host::OpenPort>(failed.step.action) &&
         failed.error.code == ErrorCode::NotFound;
}

bool isIn(const Outstanding::Entry& entry, const Concern& concern) {
  if (entry.scope.overlaps(concern.change)) return true;
  // A table in conflict has all of our rules. What it could not give up is of the change alone.
  return entry.error.code != ErrorCode::Conflict && entry.scope.overlaps(concern.needs);
}

}  // namespace

std::string objectOf(const host::Step& step) {
  const auto lines = host::describe(step);
  if (lines.empty()) return std::string(host::format(step.phase));
  return lines.size() == 1
             ? lines.front().object
             : lines.front().object + " and " + std::to_string(lines.size() - 1) + " more";
}

bool holdsRules(const host::Scope& scope) {
  return scope.everything || !scope.sets.empty() || !scope.members.empty() ||
         !scope.chains.empty() || !scope.chain_families.empty() || !scope.jumps.empty() ||
         scope.nat_rules || !scope.elastic.empty() || !scope.forwards.empty() ||
         !scope.senders.empty();
}

void Outstanding::replace(const host::Scope& scope, const std::vector<host::FailedStep>& failed) {
  std::erase_if(entries_, [&](const Entry& entry) {
    return !entry.waits_for_device || scope.overlaps(entry.scope);
  });
  add(failed);
}

void Outstanding::replaceWithin(const host::Scope& scope,
                                const std::vector<host::FailedStep>& failed) {
  std::erase_if(entries_, [&](const Entry& entry) { return scope.covers(entry.scope); });
  add(failed);
}

void Outstanding::add(const std::vector<host::FailedStep>& failed) {
  for (const auto& step : failed) {
    entries_.push_back(
        {host::scopeOf({{step.step}}), objectOf(step.step), step.error, waitsForDevice(step)});
  }
}

void Outstanding::replace(const host::Scope& scope, const Error& error) {
  std::erase_if(entries_, [](const Entry& entry) { return !entry.waits_for_device; });
  entries_.push_back({scope, "host", error, false});
}

host::Scope Outstanding::toRetry() const {
  host::Scope scope;
  for (const auto& entry : entries_) {
    if (!entry.waits_for_device) scope.merge(entry.scope);
  }
  return scope;
}

bool Outstanding::missesRules() const {
  return std::ranges::any_of(entries_, [](const Entry& entry) {
    return entry.error.code != ErrorCode::Conflict && holdsRules(entry.scope);
  });
}

bool Outstanding::isOfTablesOnly() const {
  return std::ranges::all_of(entries_, [](const Entry& entry) {
    auto rest = entry.scope;
    rest.chains.clear();
    rest.jumps.clear();
    return entry.waits_for_device || rest.empty();
  });
}

bool Outstanding::mustRetry(const Concern& concern) const {
  return std::ranges::any_of(entries_, [&](const Entry& entry) {
    return !entry.waits_for_device && isIn(entry, concern);
  });
}

bool Outstanding::mustRetry() const {
  return std::ranges::any_of(entries_, [](const Entry& entry) { return !entry.waits_for_device; });
}

std::vector<NotInForce> Outstanding::failed() const {
  std::vector<NotInForce> left;
  for (const auto& entry : entries_) {
    if (entry.waits_for_device) continue;
    left.push_back({entry.object, entry.error.message, entry.error.retryable()});
  }
  return left;
}

std::vector<NotInForce> Outstanding::in(const Concern& concern) const {
  std::vector<NotInForce> left;
  for (const auto& entry : entries_) {
    if (!isIn(entry, concern)) continue;
    left.push_back({entry.object, entry.error.message,
                    entry.error.retryable() || entry.waits_for_device, entry.waits_for_device});
  }
  return left;
}

}  // namespace netctl::controller
