#include "netctl/config/reload.h"

#include "netctl/config/keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace netctl::config {
namespace {

const Entry* find(const Configuration& configuration, std::string_view key) {
  const auto& entries = configuration.entries;
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

std::string valueOf(const Entry* entry) {
  return entry == nullptr ? std::string{} : entry->value;
}

std::vector<KeyChange> changesOf(const Configuration& before, const Configuration& after) {
  std::vector<KeyChange> changes;
  for (const auto& key : keys()) {
    if (key.standing == Standing::NoEffect) continue;
    auto old_value = valueOf(find(before, key.name));
    auto new_value = valueOf(find(after, key.name));
    if (words(old_value) == words(new_value)) continue;
    changes.push_back({std::string(key.name),
                       std::move(old_value),
                       std::move(new_value),
                       key.at_run_time ? Taken::Now : Taken::AtRestart,
                       {}});
  }
  return changes;
}

/// The entries before, with the changes that are taken now.
std::vector<Entry> mixed(const Configuration& before, const Configuration& after,
                         const std::vector<KeyChange>& changes) {
  std::vector<Entry> entries;
  for (const auto& key : keys()) {
    const bool is_taken = key.standing == Standing::NoEffect ||
                          std::any_of(changes.begin(), changes.end(), [&](const KeyChange& change) {
                            return change.key == key.name && change.taken == Taken::Now;
                          });
    if (const auto* entry = find(is_taken ? after : before, key.name)) entries.push_back(*entry);
  }
  return entries;
}

/// What there is to say of the files as they are now: of their lines, of keys that nothing was
/// taken of, and of what stands beside them.
void addNotices(const Configuration& after, Configuration& mix) {
  for (const auto& notice : after.notices) {
    if (std::ranges::find(mix.notices, notice) == mix.notices.end()) mix.notices.push_back(notice);
  }
}

/// Refuses the change of a key; false where there is none that would be taken now.
bool refuse(std::vector<KeyChange>& changes, std::string_view key, std::string reason) {
  const auto found = std::find_if(changes.begin(), changes.end(), [&](const KeyChange& change) {
    return change.key == key && change.taken == Taken::Now;
  });
  if (found == changes.end()) return false;
  found->taken = Taken::Refused;
  found->reason = std::move(reason);
  return true;
}

/// Refuses the changes that the keys waiting for a restart, or the cloud, do not allow now.
bool refuseOne(std::vector<KeyChange>& changes, const Loaded& mix, const InUse& in_use) {
  for (const auto& problem : mix.problems) {
    if (problem.severity != Severity::Error) continue;
    if (refuse(changes, problem.key, "before the restart, " + problem.message)) return true;
  }
  if (!mix.configuration) return false;
  const auto& settings = mix.configuration->settings;
  for (const auto tag : in_use.tags) {
    if (settings.plan.hasTag(tag)) continue;
    if (refuse(changes, "NETCTL_TAGS",
               fmt::format("tag {} is in use; detach its instances first", tag.value))) {
      return true;
    }
  }
  for (const auto address : in_use.addresses) {
    if (settings.pool.contains(address)) continue;
    if (refuse(changes, "VNET_PUBLICIPS",
               fmt::format("{} is in use; release it first", net::format(address)))) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string format(const KeyChange& change) {
  auto what = fmt::format("{}: \"{}\" -> \"{}\": ", change.key, printable(change.before),
                          printable(change.after));
  switch (change.taken) {
    case Taken::Now:
      return what + "taken";
    case Taken::AtRestart:
      return what + "needs a restart of netctld";
    case Taken::Refused:
      return what + "refused: " + change.reason;
  }
  return what;
}

Reload compare(const Configuration& before, const Configuration& after, const InUse& in_use) {
  auto changes = changesOf(before, after);
  for (;;) {
    auto mix = parseEntries({}, mixed(before, after, changes), before.settings.host.node_name);
    if (refuseOne(changes, mix, in_use)) continue;
    if (mix.configuration) {
      addNotices(after, *mix.configuration);
      return {std::move(changes), *std::move(mix.configuration)};
    }
    // The faulty key is one that did not change: nothing can be taken before the restart.
    for (auto& change : changes) change.taken = Taken::AtRestart;
    return {std::move(changes), before};
  }
}

}  // namespace netctl::config
