#include "modes/firewall/filter.h"

#include "modes/firewall/filter_rules.h"
#include "modes/firewall/names.h"
#include "modes/firewall/permissions.h"
#include "modes/firewall/trie.h"

#include <algorithm>

namespace netctl::firewall {
namespace {

using cloud::Cloud;
using cloud::Group;
using cloud::GroupId;
using cloud::Instance;
using host::ChainId;
using host::Table;

/// The groups of an instance that have a chain of their own; `group` finds them.
template <class FindGroup>
std::vector<GroupId> ruledGroups(const cloud::Settings& settings, const Instance& instance,
                                 const FindGroup& group) {
  std::vector<GroupId> ruled;
  for (const auto& id : instance.groups) {
    if (needsRules(settings, *group(id))) ruled.push_back(id);
  }
  return ruled;
}

/// True where the leaf of its network does for the instance: those of its groups that have rules
/// are none, or its first alone.
bool isLikeItsNetwork(const Instance& instance, const std::vector<GroupId>& ruled) {
  return ruled.empty() || (ruled.size() == 1 && ruled.front() == instance.groups.front());
}

/// The trie and what its leaves lead to: chains of groups, and of instances of several groups.
void addRuledTrie(const Cloud& cloud, host::HostState& state) {
  const auto& settings = cloud.settings();
  const auto find_group = [&](const GroupId& id) { return cloud.group(id); };
  std::vector<TrieLeaf> leaves;
  for (const auto& [id, group] : cloud.groups()) {
    if (!needsRules(settings, *group)) continue;
    if (group->tag) {
      leaves.push_back({settings.plan.network(*group->tag), host::Goto{groupChain(id)}});
    }
    for (const auto& member : cloud.members(id)) {
      const auto instance = cloud.instance(member);
      if (instance->groups.size() == 1) continue;
      const auto ruled = ruledGroups(settings, *instance, find_group);
      // Each instance once, though several of its groups lead here.
      if (ruled.front() != id || isLikeItsNetwork(*instance, ruled)) continue;
      const auto name = instanceChain(instance->private_address.value());
      auto& chain = state.chains[{Table::Filter, name}];
      for (const auto& of : ruled) chain.push_back({.target = host::Jump{groupChain(of)}});
      leaves.push_back({{instance->private_address.value(), 32}, host::Goto{name}});
    }
  }
  for (auto& [name, chain] : makeTrie(kRuledTrie, std::move(leaves))) {
    state.chains[{Table::Filter, name}] = std::move(chain);
  }
}

/// True where the trie may differ because of this group.
bool touchesTrie(const cloud::Settings& settings, const cloud::Change<Group>& change) {
  const auto leaf = [&](const cloud::Ref<Group>& group) {
    const bool ruled = group && needsRules(settings, *group);
    return std::pair(ruled, ruled ? group->tag : std::nullopt);
  };
  return leaf(change.before) != leaf(change.after);
}

}  // namespace

void addFilter(const Cloud& cloud, const Wiring& wiring, host::HostState& state) {
  addFixedFilter(cloud.settings(), wiring, state);
  for (const auto& [id, group] : cloud.groups()) {
    auto rules = groupRules(cloud.settings(), *group);
    if (!rules.empty()) state.chains[{Table::Filter, groupChain(id)}] = std::move(rules);
  }
  addRuledTrie(cloud, state);
}

void addTouchedFilter(const Cloud& cloud, const cloud::Changes& changes, const Before& before,
                      host::Rendering& rendering) {
  const auto& settings = cloud.settings();
  bool trie = false;
  for (const auto& [id, change] : changes.groups) {
    const auto rules = [&](const cloud::Ref<Group>& group) {
      return group ? groupRules(settings, *group) : host::Chain{};
    };
    auto current = rules(change.after);
    if (rules(change.before) != current) {
      const ChainId chain{Table::Filter, groupChain(id)};
      rendering.scope.chains.insert(chain);
      if (!current.empty()) rendering.desired.chains[chain] = std::move(current);
    }
    trie = trie || touchesTrie(settings, change);
  }
  for (const auto& [id, change] : changes.instances) {
    if (trie || !isMoved(change)) continue;
    const auto stands_out = [&](const cloud::Ref<Instance>& instance, const auto& find_group) {
      return instance && !isLikeItsNetwork(*instance, ruledGroups(settings, *instance, find_group));
    };
    trie = stands_out(change.before, [&](const GroupId& group) { return before.group(group); }) ||
           stands_out(change.after, [&](const GroupId& group) { return cloud.group(group); });
  }
  if (!trie) return;
  rendering.scope.chain_families.insert({Table::Filter, kRuledTrie});
  rendering.scope.chain_families.insert({Table::Filter, kInstanceChains});
  addRuledTrie(cloud, rendering.desired);
}

}  // namespace netctl::firewall
