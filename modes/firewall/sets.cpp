#include "modes/firewall/sets.h"

#include "modes/firewall/names.h"
#include "modes/firewall/permissions.h"

#include <algorithm>
#include <iterator>

namespace netctl::firewall {
namespace {

using cloud::Changes;
using cloud::Cloud;
using cloud::Group;
using cloud::GroupId;
using cloud::Instance;
using cloud::InstanceId;
using cloud::Permission;
using host::SetMember;
using host::SetType;

template <class Member>
void sortUnique(std::vector<Member>& members) {
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
}

host::Set makeSet(SetType type, std::vector<SetMember> members) {
  sortUnique(members);
  return {type, std::move(members)};
}

/// The prefix as members of a hash:net set; 0.0.0.0/0 is its halves.
std::vector<net::Ipv4Prefix> withoutLengthZero(const net::Ipv4Prefix& prefix) {
  if (prefix.length > 0) return {prefix};
  return {{{0}, 1}, {{0x80000000U}, 1}};
}

host::Set prefixSet(const std::vector<net::Ipv4Prefix>& prefixes) {
  std::vector<SetMember> members;
  for (const auto& prefix : prefixes) {
    for (const auto& part : withoutLengthZero(prefix)) {
      members.push_back({.address = part.address, .length = part.length});
    }
  }
  return makeSet(SetType::HashNet, std::move(members));
}

SetMember sourceMember(const Cloud& cloud, const Wiring& wiring, net::Tag tag) {
  const auto subnet = cloud.settings().plan.network(tag);
  SetMember member{.address = subnet.address, .length = subnet.length};
  const auto interface = wiring.interfaceOf(tag);
  std::copy_n(interface.begin(), std::min(interface.size(), member.interface.size() - 1),
              member.interface.begin());
  return member;
}

/// What the permissions of these groups allow for one instance; `group` finds them.
template <class FindGroup>
std::vector<Allowed> allowMembers(const Instance& instance, const FindGroup& group) {
  std::vector<Allowed> members;
  for (const auto& id : instance.groups) {
    for (const auto& permission : group(id)->permissions) {
      appendMembers(permission, instance.private_address.value(), members);
    }
  }
  sortUnique(members);
  return members;
}

host::Set memberSetOf(const Cloud& cloud, const GroupId& group) {
  std::vector<SetMember> members;
  for (const auto& id : cloud.members(group)) {
    members.push_back({.address = cloud.instance(id)->private_address.value()});
  }
  return makeSet(SetType::HashIp, std::move(members));
}

/// The private address of an instance that asks from inside the prefix only when it asks by way of
/// its public address.
std::optional<net::Ipv4Address> askerBehind(const Cloud& cloud, const cloud::Address& address,
                                            const net::Ipv4Prefix& prefix) {
  if (!address.instance || !prefix.contains(address.address)) return std::nullopt;
  const auto asker = cloud.instance(*address.instance)->private_address.value();
  return prefix.contains(asker) ? std::nullopt : std::optional(asker);
}

host::Set cidrSetOf(const Cloud& cloud, const net::Ipv4Prefix& prefix) {
  std::vector<SetMember> members;
  const auto& addresses = cloud.addresses();
  const auto end = addresses.upper_bound(prefix.last());
  for (auto it = addresses.lower_bound(prefix.first()); it != end; ++it) {
    if (const auto asker = askerBehind(cloud, *it->second, prefix)) {
      members.push_back({.address = *asker});
    }
  }
  return makeSet(SetType::HashIp, std::move(members));
}

std::vector<Permission> difference(const std::set<Permission>& left,
                                   const std::set<Permission>& right) {
  std::vector<Permission> result;
  std::set_difference(left.begin(), left.end(), right.begin(), right.end(),
                      std::back_inserter(result));
  return result;
}

/// Finds what the changes touch, kind by kind.
class Toucher {
 public:
  Toucher(const Cloud& cloud, const Changes& changes, const Before& before, const Wiring& wiring,
          host::Rendering& rendering)
      : cloud_(cloud), changes_(changes), before_(before), wiring_(wiring), rendering_(rendering) {}

  void run() {
    for (const auto& [id, change] : changes_.groups) {
      static const std::set<Permission> kNone;
      const auto& former = change.before ? change.before->permissions : kNone;
      const auto& current = change.after ? change.after->permissions : kNone;
      auto differing = difference(former, current);
      std::ranges::move(difference(current, former), std::back_inserter(differing));
      touchAllowed(id, differing);
      for (const auto& permission : differing) touchSetOf(permission.source);
      for (const auto tag : movedTags(change)) {
        touch(kSourceSet, SetType::HashNetIface, sourceMember(cloud_, wiring_, tag),
              cloud_.groupByTag(tag) != nullptr);
      }
    }
    for (const auto& [id, change] : changes_.instances) {
      if (!isMoved(change)) continue;
      if (change.before) touchPlace(*change.before, true);
      if (change.after) touchPlace(*change.after, false);
      touchAsker(id);
    }
    for (const auto& [address, change] : changes_.addresses) {
      for (const auto& state : {change.before, change.after}) {
        if (state && state->instance) touchAsker(*state->instance);
      }
    }
    for (auto& [name, set] : rendering_.desired.sets) sortUnique(set.members);
  }

 private:
  void touch(const std::string& name, SetType type, const SetMember& member, bool exists) {
    rendering_.scope.members[name].insert(member);
    auto& set = rendering_.desired.sets[name];
    set.type = type;
    if (exists) set.members.push_back(member);
  }

  void touch(const Allowed& allowed, bool exists) {
    touch(setOf(allowed), typeOf(allowed), allowed.member, exists);
  }

  /// nc_open and nc_allow where permissions of a group come or go: its instances, but for those
  /// that are looked at as a whole.
  void touchAllowed(const GroupId& id, const std::vector<Permission>& differing) {
    std::vector<Allowed> kinds;
    for (const auto& permission : differing) appendMembers(permission, {}, kinds);
    if (kinds.empty()) return;
    sortUnique(kinds);
    for (const auto& member : cloud_.members(id)) {
      const auto change = changes_.instances.find(member);
      if (change != changes_.instances.end() && isMoved(change->second)) continue;
      const auto instance = cloud_.instance(member);
      for (auto kind : kinds) {
        kind.member.address = instance->private_address.value();
        touch(kind, isAllowed(*instance, kind));
      }
    }
  }

  [[nodiscard]] bool isAllowed(const Instance& instance, const Allowed& allowed) const {
    return std::ranges::any_of(instance.groups, [&](const GroupId& id) {
      return std::ranges::any_of(cloud_.group(id)->permissions, [&](const Permission& permission) {
        return covers(permission, allowed);
      });
    });
  }

  /// The set for a source that is named by the first permission or not any more by the last one.
  void touchSetOf(const cloud::PermissionSource& source) {
    const bool named = !groupsNaming(cloud_, source).empty();
    if (named == before_.isNamed(source)) return;
    if (const auto* group = std::get_if<GroupId>(&source)) {
      touchWhole(memberSet(*group), named, [&] { return memberSetOf(cloud_, *group); });
      return;
    }
    const auto& prefix = std::get<net::Ipv4Prefix>(source);
    if (!holdsPublicAddresses(cloud_.settings(), prefix)) return;
    touchWhole(cidrSet(prefix), named, [&] { return cidrSetOf(cloud_, prefix); });
  }

  template <class Make>
  void touchWhole(const std::string& name, bool exists, const Make& make) {
    rendering_.scope.sets.insert(name);
    if (exists) rendering_.desired.sets[name] = make();
  }

  /// All members that an instance has where it is, or has left behind where it was.
  void touchPlace(const Instance& instance, bool left) {
    const auto holder = cloud_.instanceByPrivateAddress(instance.private_address.value());
    const auto now = [&](const GroupId& id) { return cloud_.group(id); };
    const auto then = [&](const GroupId& id) { return before_.group(id); };
    const auto current = holder ? allowMembers(*holder, now) : std::vector<Allowed>{};
    for (const auto& allowed : left ? allowMembers(instance, then) : current) {
      touch(allowed, std::binary_search(current.begin(), current.end(), allowed));
    }
    const SetMember place{.address = instance.private_address.value()};
    touch(kInstanceSet, SetType::HashIp, place, holder != nullptr);
    for (const auto& id : instance.groups) {
      if (!isWithoutChange(id)) continue;
      const bool has = holder && std::ranges::find(holder->groups, id) != holder->groups.end();
      touch(memberSet(id), SetType::HashIp, place, has);
    }
  }

  /// True where the set exists, and is not itself in the scope.
  [[nodiscard]] bool isWithoutChange(const cloud::PermissionSource& source) const {
    return !groupsNaming(cloud_, source).empty() && before_.isNamed(source);
  }

  /// The sets of prefixes around the public address that an instance has or had.
  void touchAsker(const InstanceId& id) {
    const auto former = before_.instance(id);
    const auto former_public = before_.publicAddressOf(id);
    if (former && former_public) touchPair(*former_public, former->private_address.value());
    const auto current = cloud_.instance(id);
    const auto current_public = cloud_.addressOf(id);
    if (current && current_public)
      touchPair(current_public->address, current->private_address.value());
  }

  void touchPair(net::Ipv4Address public_address, net::Ipv4Address asker) {
    for (std::uint8_t length = 0; length <= 32; ++length) {
      const auto prefix = net::prefixOf(public_address, length);
      if (prefix.contains(asker) || !holdsPublicAddresses(cloud_.settings(), prefix) ||
          !isWithoutChange(prefix)) {
        continue;
      }
      const auto holder = cloud_.instanceByPrivateAddress(asker);
      const auto address = holder ? cloud_.addressOf(holder->id) : nullptr;
      touch(cidrSet(prefix), SetType::HashIp, {.address = asker},
            address && askerBehind(cloud_, *address, prefix) == asker);
    }
  }

  const Cloud& cloud_;
  const Changes& changes_;
  const Before& before_;
  const Wiring& wiring_;
  host::Rendering& rendering_;
};

}  // namespace

void addSets(const Cloud& cloud, const Wiring& wiring, host::HostState& state) {
  const auto& settings = cloud.settings();
  state.sets[kPoolSet] = prefixSet(settings.pool.prefixes());
  // A public address that leads to no instance is nowhere: a flow that went out to it would stand
  // in the way when it is associated.
  auto denied = settings.deny;
  std::ranges::copy(settings.pool.prefixes(), std::back_inserter(denied));
  state.sets[kDenySet] = prefixSet(denied);
  state.sets[kNoNatSet] = prefixSet(settings.no_nat);

  std::vector<SetMember> instances;
  std::vector<SetMember> open;
  std::vector<SetMember> allowed;
  const auto find_group = [&](const GroupId& id) { return cloud.group(id); };
  for (const auto& [id, instance] : cloud.instances()) {
    instances.push_back({.address = instance->private_address.value()});
    for (const auto& each : allowMembers(*instance, find_group)) {
      (each.from_anywhere ? open : allowed).push_back(each.member);
    }
  }
  state.sets[kInstanceSet] = makeSet(SetType::HashIp, std::move(instances));
  state.sets[kOpenSet] = makeSet(SetType::HashIpPort, std::move(open));
  state.sets[kAllowSet] = makeSet(SetType::HashIpPortNet, std::move(allowed));

  std::vector<SetMember> sources;
  for (const auto& [id, group] : cloud.groups()) {
    if (group->tag) sources.push_back(sourceMember(cloud, wiring, *group->tag));
    if (!cloud.groupsThatName(id).empty()) state.sets[memberSet(id)] = memberSetOf(cloud, id);
  }
  state.sets[kSourceSet] = makeSet(SetType::HashNetIface, std::move(sources));

  for (const auto& [prefix, groups] : cloud.groupsByCidr()) {
    if (groups.empty() || !holdsPublicAddresses(settings, prefix)) continue;
    state.sets[cidrSet(prefix)] = cidrSetOf(cloud, prefix);
  }
}

void addTouchedSets(const Cloud& cloud, const Changes& changes, const Before& before,
                    const Wiring& wiring, host::Rendering& rendering) {
  Toucher(cloud, changes, before, wiring, rendering).run();
}

}  // namespace netctl::firewall
