#include "modes/firewall/allow_sets.h"

#include "modes/firewall/chain_and_set_names.h"
#include "modes/firewall/permission_changes.h"
#include "modes/firewall/permissions.h"
#include "modes/firewall/set_members.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace netctl::firewall {
namespace {

using cloud::Cloud;
using cloud::GroupId;
using cloud::Instance;
using cloud::Permission;

/// What permissions allow for any instance; without its address.
std::vector<Allowed> allowedBy(const auto& permissions) {
  std::vector<Allowed> allowed;
  for (const auto& permission : permissions) appendMembers(permission, {}, allowed);
  return allowed;
}

/// One of each of the four sets.
constexpr std::array kOneOfEach{
    Allowed{cloud::Direction::Ingress, false, {}}, Allowed{cloud::Direction::Ingress, true, {}},
    Allowed{cloud::Direction::Egress, false, {}}, Allowed{cloud::Direction::Egress, true, {}}};

/// Which of them holds it.
std::size_t placeOf(const Allowed& allowed) {
  return (allowed.direction == cloud::Direction::Egress ? 2U : 0U) + (allowed.is_open ? 1U : 0U);
}

/// All that the instance's groups allow for it.
std::vector<Allowed> allowedFor(const auto& cloud, const Instance& instance) {
  std::vector<Allowed> allowed;
  for (const auto& id : instance.groups) {
    for (const auto& permission : cloud.group(id)->permissions) {
      appendMembers(permission, instance.private_address.value(), allowed);
    }
  }
  return allowed;
}

/// True where allowedFor has it; for few questions about an instance with many permissions.
bool isAllowedFor(const Cloud& cloud, const Instance& instance, const Allowed& allowed) {
  return std::ranges::any_of(instance.groups, [&](const GroupId& id) {
    return std::ranges::any_of(cloud.group(id)->permissions, [&](const Permission& permission) {
      return covers(permission, allowed);
    });
  });
}

void claim(const Allowed& allowed, host::Rendering& rendering) {
  claimMember(setOf(allowed), typeOf(allowed), allowed.member, rendering);
}

void put(const Allowed& allowed, host::HostState& state) {
  putMember(setOf(allowed), allowed.member, state);
}

class AllowSets : public render::Renderer {
 public:
  void renderAll(const Cloud& cloud, host::HostState& state) const override {
    std::array<host::Set*, kOneOfEach.size()> sets{};
    for (const auto& one : kOneOfEach) {
      sets[placeOf(one)] = &state.sets[setOf(one)];
      sets[placeOf(one)]->type = typeOf(one);
    }
    // They are the largest sets by far: to let them grow step by step is what would cost most.
    std::map<GroupId, std::vector<Allowed>> by_group;
    std::array<std::size_t, kOneOfEach.size()> sizes{};
    for (const auto& [id, group] : cloud.groups()) {
      auto allowed = allowedBy(group->permissions);
      const auto instances = cloud.members(id).size();
      for (const auto& each : allowed) sizes[placeOf(each)] += instances;
      by_group.emplace_hint(by_group.end(), id, std::move(allowed));
    }
    for (std::size_t i = 0; i < sets.size(); ++i) sets[i]->members.reserve(sizes[i]);
    for (const auto& [id, instance] : cloud.instances()) {
      for (const auto& group : instance->groups) {
        for (const auto& each : by_group.at(group)) {
          auto& members = sets[placeOf(each)]->members;
          members.push_back(each.member);
          members.back().address = instance->private_address.value();
        }
      }
    }
  }

  void renderTouched(const render::FormerCloud& former, host::Rendering& rendering) const override {
    for (const auto& [id, change] : former.changes().groups) {
      touchMembersOf(id, change, former, rendering);
    }
    for (const auto& [id, change] : former.changes().instances) {
      if (isMoved(change)) touchInstance(change, former, rendering);
    }
  }

 private:
  /// At the instances of a group: what its permissions that came or went allow.
  static void touchMembersOf(const GroupId& id, const cloud::Change<cloud::Group>& change,
                             const render::FormerCloud& former, host::Rendering& rendering) {
    const auto differing = allowedBy(differingPermissions(change));
    if (differing.empty()) return;
    const auto& instances = former.changes().instances;
    for (const auto& member : former.now().members(id)) {
      // All that a moved instance has is touched anyway.
      const auto moved = instances.find(member);
      if (moved != instances.end() && isMoved(moved->second)) continue;
      const auto instance = former.now().instance(member);
      for (auto allowed : differing) {
        allowed.member.address = instance->private_address.value();
        claim(allowed, rendering);
        if (isAllowedFor(former.now(), *instance, allowed)) put(allowed, rendering.desired);
      }
    }
  }

  /// All that is allowed where the instance was and where it is.
  static void touchInstance(const cloud::Change<Instance>& change,
                            const render::FormerCloud& former, host::Rendering& rendering) {
    if (change.before) {
      for (const auto& allowed : allowedFor(former, *change.before)) claim(allowed, rendering);
    }
    if (!change.after) return;
    for (const auto& allowed : allowedFor(former.now(), *change.after)) {
      claim(allowed, rendering);
      put(allowed, rendering.desired);
    }
  }
};

}  // namespace

void addAllowSets(render::Renderers& renderers) {
  renderers.others.push_back(std::make_unique<AllowSets>());
}

}  // namespace netctl::firewall
