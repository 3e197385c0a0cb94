#include "modes/firewall/permission_source_sets.h"

#include "modes/firewall/asker_changes.h"
#include "modes/firewall/chain_and_set_names.h"
#include "modes/firewall/permissions.h"
#include "modes/firewall/source_sets.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace netctl::firewall {
namespace {

using cloud::Cloud;
using cloud::GroupId;
using cloud::Instance;
using cloud::InstanceId;
using host::SetMember;
using net::Ipv4Address;
using net::Ipv4Prefix;
using render::FormerCloud;

/// nc_m_...: the private addresses of a group's instances.
struct GroupInstances {
  using Source = GroupId;
  static constexpr auto kType = host::SetType::HashIp;

  static std::string name(const GroupId& group) { return memberSet(group); }
  static bool needsSet(const cloud::Settings& /*settings*/, const GroupId& /*group*/) {
    return true;
  }
  static void forAllNamed(const Cloud& cloud, const auto& visit) {
    for (const auto& [id, group] : cloud.groups()) {
      if (isNamed(cloud, id)) visit(id);
    }
  }
  static std::vector<SetMember> members(const Cloud& cloud, const GroupId& group) {
    std::vector<SetMember> members;
    for (const auto& id : cloud.members(group)) {
      members.push_back({.address = cloud.instance(id)->private_address.value()});
    }
    return members;
  }
  static bool has(const Cloud& cloud, const GroupId& group, const SetMember& member) {
    const auto holder = cloud.instanceByPrivateAddress(member.address);
    return holder && std::ranges::find(holder->groups, group) != holder->groups.end();
  }
  static void touchMembers(const FormerCloud& former, const auto& touch) {
    for (const auto& [id, change] : former.changes().instances) {
      if (!isMoved(change)) continue;
      for (const auto& instance : {change.before, change.after}) {
        if (!instance) continue;
        const SetMember member{.address = instance->private_address.value()};
        for (const auto& group : instance->groups) touch(group, member);
      }
    }
  }
};

/// nc_c_...: the private addresses of the instances whose public address is in a prefix. An
/// instance that asks a public address comes with its private address as source, which a rule for
/// the prefix would not match.
struct PrefixAskers {
  using Source = Ipv4Prefix;
  static constexpr auto kType = host::SetType::HashIp;

  static std::string name(const Ipv4Prefix& prefix) { return cidrSet(prefix); }
  static bool needsSet(const cloud::Settings& settings, const Ipv4Prefix& prefix) {
    return holdsPublicAddresses(settings, prefix);
  }
  static void forAllNamed(const Cloud& cloud, const auto& visit) {
    for (const auto& [prefix, groups] : cloud.groupsByCidr()) {
      if (!groups.empty()) visit(prefix);
    }
  }
  static std::vector<SetMember> members(const Cloud& cloud, const Ipv4Prefix& prefix) {
    std::vector<SetMember> members;
    const auto& addresses = cloud.addresses();
    const auto end = addresses.upper_bound(prefix.last());
    for (auto it = addresses.lower_bound(prefix.first()); it != end; ++it) {
      if (const auto asker = askerBehind(cloud, *it->second, prefix)) {
        members.push_back({.address = *asker});
      }
    }
    return members;
  }
  static bool has(const Cloud& cloud, const Ipv4Prefix& prefix, const SetMember& asker) {
    const auto holder = cloud.instanceByPrivateAddress(asker.address);
    const auto address = holder ? cloud.addressOf(holder->id) : nullptr;
    return address && askerBehind(cloud, *address, prefix) == asker.address;
  }
  static void touchMembers(const FormerCloud& former, const auto& touch) {
    // In the sets of prefixes around the public address.
    forEachChangedAsker(former, [&](Ipv4Address public_address, Ipv4Address asker) {
      for (std::uint8_t length = 0; length <= 32; ++length) {
        const auto prefix = net::prefixOf(public_address, length);
        if (!prefix.contains(asker)) touch(prefix, {.address = asker});
      }
    });
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
};

}  // namespace

void addPermissionSourceSets(render::Renderers& renderers) {
  renderers.others.push_back(std::make_unique<SourceSets<GroupInstances>>());
  renderers.others.push_back(std::make_unique<SourceSets<PrefixAskers>>());
}

}  // namespace netctl::firewall
