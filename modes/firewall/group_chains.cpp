#include "modes/firewall/group_chains.h"

#include "modes/firewall/fixed_chains.h"
#include "modes/firewall/names.h"
#include "modes/firewall/permissions.h"
#include "modes/firewall/trie.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

namespace netctl::firewall {
namespace {

using cloud::Cloud;
using cloud::Group;
using cloud::GroupId;
using cloud::Instance;
using host::ChainId;
using host::Table;

/// The groups of an instance that have a chain of their own.
template <class IsRuled>
std::vector<GroupId> ruledGroups(const Instance& instance, const IsRuled& is_ruled) {
  std::vector<GroupId> ruled;
  std::copy_if(instance.groups.begin(), instance.groups.end(), std::back_inserter(ruled), is_ruled);
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
  std::vector<TrieLeaf> leaves;
  std::set<GroupId> ruled;
  for (const auto& [id, group] : cloud.groups()) {
    if (!needsRules(settings, *group)) continue;
    ruled.insert(ruled.end(), id);
    if (group->tag) {
      leaves.push_back({settings.plan.network(*group->tag), host::Goto{groupChain(id)}});
    }
  }
  for (const auto& id : cloud.instancesOfSeveralGroups()) {
    const auto instance = cloud.instance(id);
    const auto groups = ruledGroups(*instance, [&](const auto& of) { return ruled.contains(of); });
    if (isLikeItsNetwork(*instance, groups)) continue;
    const auto name = instanceChain(instance->private_address.value());
    auto& chain = state.chains[{Table::Filter, name}];
    for (const auto& of : groups) chain.push_back({.target = host::Jump{groupChain(of)}});
    leaves.push_back({{instance->private_address.value(), 32}, host::Goto{name}});
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
    const auto stands_out = [&](const cloud::Ref<Instance>& instance, const auto& in) {
      const auto is_ruled = [&](const auto& of) { return needsRules(settings, *in.group(of)); };
      return instance && !isLikeItsNetwork(*instance, ruledGroups(*instance, is_ruled));
    };
    trie = stands_out(change.before, before) || stands_out(change.after, cloud);
  }
  if (!trie) return;
  rendering.scope.chain_families.insert({Table::Filter, kRuledTrie});
  rendering.scope.chain_families.insert({Table::Filter, kInstanceChains});
  addRuledTrie(cloud, rendering.desired);
}

}  // namespace netctl::firewall
