#include "modes/firewall/group_chains.h"

#include "modes/firewall/chain_and_set_names.h"
#include "modes/firewall/permission_changes.h"
#include "modes/firewall/permissions.h"
#include "modes/firewall/trie.h"
#include "modes/render/by_object.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace netctl::firewall {
namespace {

using cloud::Cloud;
using cloud::Group;
using cloud::GroupId;
using cloud::Instance;
using host::Table;
using render::FormerCloud;

template <Way way>
struct GroupChains {
  using Source = Group;
  using Key = GroupId;

  static std::optional<Key> key(const auto& cloud, const Group& group) {
    return needsRules(cloud.settings(), group, way) ? std::optional(group.id) : std::nullopt;
  }
  static host::Chain value(const auto& cloud, const Group& group) {
    return groupRules(cloud.settings(), group, way);
  }
  static cloud::Ref<Group> find(const Cloud& cloud, const Key& id) { return cloud.group(id); }
  static void claim(const Key& id, host::Rendering& rendering) {
    rendering.scope.chains.insert({Table::Filter, groupChain(id, way)});
  }
  static void put(const Key& id, host::Chain rules, host::HostState& state) {
    state.chains[{Table::Filter, groupChain(id, way)}] = std::move(rules);
  }
};

/// The groups of an instance that have a chain of their own.
std::vector<GroupId> ruledGroups(const Instance& instance, const auto& is_ruled) {
  std::vector<GroupId> ruled;
  std::ranges::copy_if(instance.groups, std::back_inserter(ruled), is_ruled);
  return ruled;
}

/// True where the instance needs no leaf of its own: none of its groups has rules, or its first
/// alone, whose chain the leaf of the network leads to.
bool isLikeItsNetwork(const Instance& instance, const std::vector<GroupId>& ruled) {
  return ruled.empty() || (ruled.size() == 1 && ruled.front() == instance.groups.front());
}

/// The trie and the chains of instances of several groups.
void putTrie(const Cloud& cloud, Way way, host::HostState& state) {
  const auto& settings = cloud.settings();
  std::vector<TrieLeaf> leaves;
  std::set<GroupId> ruled;
  for (const auto& [id, group] : cloud.groups()) {
    if (!needsRules(settings, *group, way)) continue;
    ruled.insert(ruled.end(), id);
    if (group->tag) {
      leaves.push_back({settings.plan.network(*group->tag), host::Goto{groupChain(id, way)}});
    }
  }
  for (const auto& id : cloud.instancesOfSeveralGroups()) {
    const auto instance = cloud.instance(id);
    const auto groups = ruledGroups(*instance, [&](const auto& of) { return ruled.contains(of); });
    if (isLikeItsNetwork(*instance, groups)) continue;
    const auto name = instanceChain(instance->private_address.value(), way);
    auto& chain = state.chains[{Table::Filter, name}];
    for (const auto& of : groups) chain.push_back({.target = host::Jump{groupChain(of, way)}});
    leaves.push_back({{instance->private_address.value(), 32}, host::Goto{name}});
  }
  const auto key = way == Way::In ? TrieKey::Destination : TrieKey::Source;
  for (auto& [name, chain] : makeTrie(namesOf(way).trie, std::move(leaves), key)) {
    state.chains[{Table::Filter, name}] = std::move(chain);
  }
}

/// What a group is in the trie: whether it has rules, and then its network.
std::pair<bool, std::optional<net::Tag>> leafOf(const cloud::Settings& settings,
                                                const cloud::Ref<Group>& group, Way way) {
  const bool ruled = group && needsRules(settings, *group, way);
  return {ruled, ruled ? group->tag : std::nullopt};
}

bool hasLeaf(const auto& cloud, const cloud::Ref<Instance>& instance, Way way) {
  if (!instance) return false;
  const auto is_ruled = [&](const GroupId& id) {
    return needsRules(cloud.settings(), *cloud.group(id), way);
  };
  return !isLikeItsNetwork(*instance, ruledGroups(*instance, is_ruled));
}

/// One object for all of the trie: each leaf may change the shape of all.
class RuledTrie : public render::Renderer {
 public:
  explicit RuledTrie(Way way) : way_(way) {}

  void renderAll(const Cloud& cloud, host::HostState& state) const override {
    putTrie(cloud, way_, state);
  }
  void renderTouched(const FormerCloud& former, host::Rendering& rendering) const override {
    if (!isTouched(former)) return;
    rendering.scope.chain_families.insert({Table::Filter, namesOf(way_).trie});
    rendering.scope.chain_families.insert({Table::Filter, namesOf(way_).instance_chains});
    putTrie(former.now(), way_, rendering.desired);
  }

 private:
  [[nodiscard]] bool isTouched(const FormerCloud& former) const {
    const auto& settings = former.settings();
    for (const auto& [id, change] : former.changes().groups) {
      if (leafOf(settings, change.before, way_) != leafOf(settings, change.after, way_)) {
        return true;
      }
    }
    for (const auto& [id, change] : former.changes().instances) {
      if (!isMoved(change)) continue;
      if (hasLeaf(former, change.before, way_) || hasLeaf(former.now(), change.after, way_)) {
        return true;
      }
    }
    return false;
  }

  Way way_;
};

}  // namespace

void addGroupChains(render::Renderers& renderers) {
  addByObject(renderers, GroupChains<Way::In>{});
  addByObject(renderers, GroupChains<Way::Back>{});
  addByObject(renderers, GroupChains<Way::Out>{});
  for (const auto way : kAllWays) {
    renderers.others.push_back(std::make_unique<RuledTrie>(way));
  }
}

}  // namespace netctl::firewall
