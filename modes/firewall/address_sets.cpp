#include "modes/firewall/address_sets.h"

#include "modes/firewall/chain_and_set_names.h"
#include "modes/firewall/permissions.h"
#include "modes/firewall/set_members.h"
#include "modes/render/by_object.h"

#include <algorithm>
#include <iterator>
#include <variant>

namespace netctl::firewall {
namespace {

using host::SetMember;
using host::SetType;

host::Set prefixSet(const std::vector<net::Ipv4Prefix>& prefixes) {
  host::Set set{SetType::HashNet, {}};
  for (const auto& prefix : prefixes) {
    std::ranges::copy(membersOf(prefix), std::back_inserter(set.members));
  }
  return set;
}

void putPrefixSets(const cloud::Settings& settings, host::HostState& state) {
  state.sets[kPoolSet] = prefixSet(settings.pool.prefixes());
  // A public address that leads to no instance is nowhere: a flow that went out to it would stand
  // in the way when it is associated.
  auto denied = settings.deny;
  std::ranges::copy(settings.pool.prefixes(), std::back_inserter(denied));
  state.sets[kDenySet] = prefixSet(denied);
  state.sets[kNoNatSet] = prefixSet(settings.no_nat);
}

/// nc_instance: the private addresses of all instances.
struct InstanceAddresses {
  using Source = cloud::Instance;
  using Key = net::Ipv4Address;

  static std::optional<Key> key(const auto& /*cloud*/, const Source& instance) {
    return instance.private_address.value();
  }
  static std::monostate value(const auto& /*cloud*/, const Source& /*instance*/) { return {}; }
  static cloud::Ref<Source> find(const cloud::Cloud& cloud, Key address) {
    return cloud.instanceByPrivateAddress(address);
  }
  static void claim(Key address, host::Rendering& rendering) {
    claimMember(kInstanceSet, SetType::HashIp, {.address = address}, rendering);
  }
  static void put(Key address, std::monostate /*value*/, host::HostState& state) {
    putMember(kInstanceSet, {.address = address}, state);
  }
};

/// nc_out_free: the instances with a group that permits everything out.
struct FreeInstances {
  using Source = cloud::Instance;
  using Key = net::Ipv4Address;

  static std::optional<Key> key(const auto& cloud, const Source& instance) {
    const bool is_free = std::ranges::any_of(
        instance.groups, [&](const cloud::GroupId& id) { return isFree(*cloud.group(id)); });
    return is_free ? std::optional(instance.private_address.value()) : std::nullopt;
  }
  static std::monostate value(const auto& /*cloud*/, const Source& /*instance*/) { return {}; }
  static cloud::Ref<Source> find(const cloud::Cloud& cloud, Key address) {
    return cloud.instanceByPrivateAddress(address);
  }
  static void touchBesides(const render::FormerCloud& former, const auto& touch) {
    for (const auto& [id, change] : former.changes().groups) {
      if (!change.before || !change.after || isFree(*change.before) == isFree(*change.after)) {
        continue;
      }
      for (const auto& member : former.now().members(id)) {
        touch(former.now().instance(member)->private_address.value());
      }
    }
  }
  static void claim(Key address, host::Rendering& rendering) {
    claimMember(kOutFreeSet, SetType::HashIp, {.address = address}, rendering);
  }
  static void put(Key address, std::monostate /*value*/, host::HostState& state) {
    putMember(kOutFreeSet, {.address = address}, state);
  }
};

/// nc_source: each network with the interface by which its instances' packets come in.
struct NetworkSources {
  using Source = cloud::Group;
  using Key = net::Tag;

  static std::optional<Key> key(const auto& /*cloud*/, const Source& group) { return group.tag; }
  static std::monostate value(const auto& /*cloud*/, const Source& /*group*/) { return {}; }
  static cloud::Ref<Source> find(const cloud::Cloud& cloud, Key tag) {
    return cloud.groupByTag(tag);
  }
  void claim(Key tag, host::Rendering& rendering) const {
    claimMember(kSourceSet, SetType::HashNetIface, member(tag), rendering);
  }
  void put(Key tag, std::monostate /*value*/, host::HostState& state) const {
    putMember(kSourceSet, member(tag), state);
  }
  [[nodiscard]] SetMember member(Key tag) const {
    const auto subnet = plan.network(tag);
    SetMember member{.address = subnet.address, .length = subnet.length};
    const auto name = interface.ofNetwork(tag);
    std::copy_n(name.begin(), std::min(name.size(), member.interface.size() - 1),
                member.interface.begin());
    return member;
  }

  cloud::AddressPlan plan;
  InstanceInterface interface;
};

}  // namespace

void addAddressSets(const cloud::Settings& settings, const InstanceInterface& interface,
                    render::Renderers& renderers) {
  addFixed(renderers, [](const cloud::Settings& of, host::HostState& state) {
    putPrefixSets(of, state);
    // They are there without members too.
    state.sets[kInstanceSet].type = SetType::HashIp;
    state.sets[kOutFreeSet].type = SetType::HashIp;
    state.sets[kSourceSet].type = SetType::HashNetIface;
  });
  addByObject(renderers, InstanceAddresses{});
  addByObject(renderers, FreeInstances{});
  addByObject(renderers, NetworkSources{settings.plan, interface});
}

}  // namespace netctl::firewall
