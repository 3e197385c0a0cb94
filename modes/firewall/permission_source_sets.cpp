#include "modes/firewall/permission_source_sets.h"

#include "modes/firewall/chain_and_set_names.h"
#include "modes/firewall/permission_changes.h"
#include "modes/firewall/permissions.h"
#include "modes/firewall/set_members.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace netctl::firewall {
namespace {

using cloud::Cloud;
using cloud::GroupId;
using cloud::Instance;
using cloud::InstanceId;
using net::Ipv4Address;
using net::Ipv4Prefix;
using render::FormerCloud;

const std::set<GroupId>& groupsNaming(const Cloud& cloud, const GroupId& source) {
  return cloud.groupsThatName(source);
}

const std::set<GroupId>& groupsNaming(const Cloud& cloud, const Ipv4Prefix& source) {
  static const std::set<GroupId> kNone;
  const auto found = cloud.groupsByCidr().find(source);
  return found == cloud.groupsByCidr().end() ? kNone : found->second;
}

template <class Source>
bool isNamed(const Cloud& cloud, const Source& source) {
  return !groupsNaming(cloud, source).empty();
}

template <class Source>
bool isNamed(const FormerCloud& former, const Source& source) {
  const auto& changes = former.changes().groups;
  const auto has_source = [&](const cloud::Permission& permission) {
    return permission.source == cloud::PermissionSource(source);
  };
  return std::ranges::any_of(groupsNaming(former.now(), source),
                             [&](const GroupId& id) { return !changes.contains(id); }) ||
         std::ranges::any_of(changes, [&](const auto& entry) {
           const auto& before = entry.second.before;
           return before && std::ranges::any_of(before->permissions, has_source);
         });
}

/// The sets of one sort of sources. A kind tells of a source:
///   name(source)                       its set
///   needsSet(settings, source)         while it is named
///   forAllNamed(cloud, visit)          the sources that are named now
///   members(cloud, source)             all members
///   has(cloud, source, address)        whether the address is one of them
///   touchMembers(former, touch)        the members that may have come or gone
template <class Kind>
class SourceSets : public render::Renderer {
 public:
  using Source = typename Kind::Source;

  void renderAll(const Cloud& cloud, host::HostState& state) const override {
    Kind::forAllNamed(cloud, [&](const Source& source) {
      if (Kind::needsSet(cloud.settings(), source)) putSet(cloud, source, state);
    });
  }

  void renderTouched(const FormerCloud& former, host::Rendering& rendering) const override {
    const auto& cloud = former.now();
    for (const auto& [id, change] : former.changes().groups) {
      for (const auto& permission : differingPermissions(change)) {
        const auto* source = std::get_if<Source>(&permission.source);
        if (source != nullptr) touchSet(former, *source, rendering);
      }
    }
    Kind::touchMembers(former, [&](const Source& source, Ipv4Address address) {
      // A set that comes or goes is in the scope as a whole.
      if (!Kind::needsSet(cloud.settings(), source) || !isNamed(cloud, source) ||
          !isNamed(former, source)) {
        return;
      }
      const host::SetMember member{.address = address};
      claimMember(Kind::name(source), host::SetType::HashIp, member, rendering);
      if (Kind::has(cloud, source, address)) {
        putMember(Kind::name(source), member, rendering.desired);
      }
    });
  }

 private:
  static void putSet(const Cloud& cloud, const Source& source, host::HostState& state) {
    host::Set set{host::SetType::HashIp, {}};
    for (const auto address : Kind::members(cloud, source)) {
      set.members.push_back({.address = address});
    }
    state.sets[Kind::name(source)] = std::move(set);
  }

  /// The set of a source that is named by the first permission, or by none any more.
  static void touchSet(const FormerCloud& former, const Source& source,
                       host::Rendering& rendering) {
    const auto& cloud = former.now();
    const bool named = isNamed(cloud, source);
    if (!Kind::needsSet(cloud.settings(), source) || named == isNamed(former, source)) return;
    rendering.scope.sets.insert(Kind::name(source));
    if (named) putSet(cloud, source, rendering.desired);
  }
};

/// nc_m_...: the private addresses of a group's instances.
struct GroupInstances {
  using Source = GroupId;

  static std::string name(const GroupId& group) { return memberSet(group); }
  static bool needsSet(const cloud::Settings& /*settings*/, const GroupId& /*group*/) {
    return true;
  }
  static void forAllNamed(const Cloud& cloud, const auto& visit) {
    for (const auto& [id, group] : cloud.groups()) {
      if (isNamed(cloud, id)) visit(id);
    }
  }
  static std::vector<Ipv4Address> members(const Cloud& cloud, const GroupId& group) {
    std::vector<Ipv4Address> members;
    for (const auto& id : cloud.members(group)) {
      members.push_back(cloud.instance(id)->private_address.value());
    }
    return members;
  }
  static bool has(const Cloud& cloud, const GroupId& group, Ipv4Address address) {
    const auto holder = cloud.instanceByPrivateAddress(address);
    return holder && std::ranges::find(holder->groups, group) != holder->groups.end();
  }
  static void touchMembers(const FormerCloud& former, const auto& touch) {
    for (const auto& [id, change] : former.changes().instances) {
      if (!isMoved(change)) continue;
      for (const auto& instance : {change.before, change.after}) {
        if (!instance) continue;
        for (const auto& group : instance->groups) touch(group, instance->private_address.value());
      }
    }
  }
};

/// nc_c_...: the private addresses of the instances whose public address is in a prefix. An
/// instance that asks a public address comes with its private address as source, which a rule for
/// the prefix would not match.
struct PrefixAskers {
  using Source = Ipv4Prefix;

  static std::string name(const Ipv4Prefix& prefix) { return cidrSet(prefix); }
  static bool needsSet(const cloud::Settings& settings, const Ipv4Prefix& prefix) {
    return holdsPublicAddresses(settings, prefix);
  }
  static void forAllNamed(const Cloud& cloud, const auto& visit) {
    for (const auto& [prefix, groups] : cloud.groupsByCidr()) {
      if (!groups.empty()) visit(prefix);
    }
  }
  static std::vector<Ipv4Address> members(const Cloud& cloud, const Ipv4Prefix& prefix) {
    std::vector<Ipv4Address> members;
    const auto& addresses = cloud.addresses();
    const auto end = addresses.upper_bound(prefix.last());
    for (auto it = addresses.lower_bound(prefix.first()); it != end; ++it) {
      if (const auto asker = askerBehind(cloud, *it->second, prefix)) members.push_back(*asker);
    }
    return members;
  }
  static bool has(const Cloud& cloud, const Ipv4Prefix& prefix, Ipv4Address asker) {
    const auto holder = cloud.instanceByPrivateAddress(asker);
    const auto address = holder ? cloud.addressOf(holder->id) : nullptr;
    return address && askerBehind(cloud, *address, prefix) == asker;
  }
  static void touchMembers(const FormerCloud& former, const auto& touch) {
    for (const auto& [id, change] : former.changes().instances) {
      if (isMoved(change)) touchAsker(former, id, touch);
    }
    for (const auto& [address, change] : former.changes().addresses) {
      for (const auto& state : {change.before, change.after}) {
        if (state && state->instance) touchAsker(former, *state->instance, touch);
      }
    }
  }

 private:
  /// The private address that is seen behind a public one of the prefix. One that is itself in the
  /// prefix needs no set: the rule for the prefix matches it.
  static std::optional<Ipv4Address> askerBehind(const Cloud& cloud, const cloud::Address& address,
                                                const Ipv4Prefix& prefix) {
    if (!address.instance || !prefix.contains(address.address)) return std::nullopt;
    const auto asker = cloud.instance(*address.instance)->private_address.value();
    return prefix.contains(asker) ? std::nullopt : std::optional(asker);
  }

  /// The sets of prefixes around the public address that an instance has or had.
  static void touchAsker(const FormerCloud& former, const InstanceId& id, const auto& touch) {
    const auto touch_pair = [&](Ipv4Address public_address, Ipv4Address asker) {
      for (std::uint8_t length = 0; length <= 32; ++length) {
        const auto prefix = net::prefixOf(public_address, length);
        if (!prefix.contains(asker)) touch(prefix, asker);
      }
    };
    const auto was = former.instance(id);
    const auto was_seen_as = former.publicAddressOf(id);
    if (was && was_seen_as) touch_pair(*was_seen_as, was->private_address.value());
    const auto is = former.now().instance(id);
    const auto is_seen_as = former.now().addressOf(id);
    if (is && is_seen_as) touch_pair(is_seen_as->address, is->private_address.value());
  }
};

}  // namespace

void addPermissionSourceSets(render::Renderers& renderers) {
  renderers.others.push_back(std::make_unique<SourceSets<GroupInstances>>());
  renderers.others.push_back(std::make_unique<SourceSets<PrefixAskers>>());
}

}  // namespace netctl::firewall
