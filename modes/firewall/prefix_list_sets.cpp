#include "modes/firewall/prefix_list_sets.h"

#include "modes/cloud/prefix_lists.h"
#include "modes/firewall/asker_changes.h"
#include "modes/firewall/chain_and_set_names.h"
#include "modes/firewall/source_sets.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace netctl::firewall {
namespace {

using cloud::Cloud;
using cloud::PrefixList;
using cloud::PrefixListId;
using host::SetMember;
using net::Ipv4Address;
using net::Ipv4Prefix;
using render::FormerCloud;

/// Calls `visit` for each IPv4 prefix of a list's entries.
void forEachPrefix(const auto& entries, const auto& visit) {
  for (const auto& [cidr, description] : entries) {
    if (const auto* const prefix = std::get_if<Ipv4Prefix>(&cidr)) visit(*prefix);
  }
}

/// The IPv4 prefixes that a list got or lost, all of them where it came or went.
std::vector<Ipv4Prefix> differingPrefixes(const cloud::Change<PrefixList>& change) {
  static const std::map<cloud::Cidr, std::string> kNone;
  const auto& before = change.before ? change.before->entries : kNone;
  const auto& after = change.after ? change.after->entries : kNone;
  std::vector<Ipv4Prefix> differing;
  forEachPrefix(before, [&](const Ipv4Prefix& prefix) {
    if (!after.contains(prefix)) differing.push_back(prefix);
  });
  forEachPrefix(after, [&](const Ipv4Prefix& prefix) {
    if (!before.contains(prefix)) differing.push_back(prefix);
  });
  return differing;
}

/// What the sets of lists have in common.
struct OfPrefixLists {
  using Source = PrefixListId;

  static bool needsSet(const cloud::Settings& /*settings*/, const PrefixListId& /*list*/) {
    return true;
  }
  static void forAllNamed(const Cloud& cloud, const auto& visit) {
    for (const auto& [id, list] : cloud.prefixLists()) {
      if (isNamed(cloud, id)) visit(id);
    }
  }
};

/// nc_p_...: the prefixes of a list.
struct ListPrefixes : OfPrefixLists {
  static constexpr auto kType = host::SetType::HashNet;

  static std::string name(const PrefixListId& list) { return prefixListSet(list); }
  static std::vector<SetMember> members(const Cloud& cloud, const PrefixListId& list) {
    std::vector<SetMember> members;
    forEachPrefix(cloud.prefixList(list)->entries, [&](const Ipv4Prefix& prefix) {
      std::ranges::copy(membersOf(prefix), std::back_inserter(members));
    });
    return members;
  }
  static bool has(const Cloud& cloud, const PrefixListId& list, const SetMember& member) {
    const auto& entries = cloud.prefixList(list)->entries;
    return entries.contains(Ipv4Prefix{member.address, member.length}) ||
           (member.length == 1 && entries.contains(Ipv4Prefix{}));
  }
  static void touchMembers(const FormerCloud& former, const auto& touch) {
    for (const auto& [id, change] : former.changes().prefix_lists) {
      for (const auto& prefix : differingPrefixes(change)) {
        for (const auto& member : membersOf(prefix)) touch(id, member);
      }
    }
  }
};

/// nc_q_...: the private addresses of the instances whose public address is in a list. An instance
/// that asks a public address comes with its private one as source.
struct ListAskers : OfPrefixLists {
  static constexpr auto kType = host::SetType::HashIp;

  static std::string name(const PrefixListId& list) { return prefixListAskerSet(list); }
  static std::vector<SetMember> members(const Cloud& cloud, const PrefixListId& list) {
    std::vector<SetMember> members;
    forEachPrefix(cloud.prefixList(list)->entries, [&](const Ipv4Prefix& prefix) {
      forEachAsker(cloud, prefix,
                   [&](Ipv4Address asker) { members.push_back({.address = asker}); });
    });
    return members;
  }
  static bool has(const Cloud& cloud, const PrefixListId& list, const SetMember& asker) {
    const auto holder = cloud.instanceByPrivateAddress(asker.address);
    const auto address = holder ? cloud.addressOf(holder->id) : nullptr;
    return address && cloud::holds(*cloud.prefixList(list), address->address);
  }
  static void touchMembers(const FormerCloud& former, const auto& touch) {
    const auto& changes = former.changes();
    for (const auto& [id, change] : changes.prefix_lists) {
      for (const auto& prefix : differingPrefixes(change)) {
        forEachAsker(former.now(), prefix, [&touch, &list = id](Ipv4Address asker) {
          touch(list, SetMember{.address = asker});
        });
      }
    }
    // In the lists that have or had the public address.
    forEachChangedAsker(former, [&](Ipv4Address public_address, Ipv4Address asker) {
      const SetMember member{.address = asker};
      for (std::uint8_t length = 0; length <= 32; ++length) {
        const auto prefix = net::prefixOf(public_address, length);
        for (const auto& list : former.now().prefixListsWith(prefix)) touch(list, member);
      }
      for (const auto& [list, change] : changes.prefix_lists) {
        if (change.before && cloud::holds(*change.before, public_address)) touch(list, member);
      }
    });
  }

 private:
  /// The private addresses behind the public ones of a prefix.
  static void forEachAsker(const Cloud& cloud, const Ipv4Prefix& prefix, const auto& visit) {
    const auto& addresses = cloud.addresses();
    const auto end = addresses.upper_bound(prefix.last());
    for (auto it = addresses.lower_bound(prefix.first()); it != end; ++it) {
      const auto& instance = it->second->instance;
      if (instance) visit(cloud.instance(*instance)->private_address.value());
    }
  }
};

}  // namespace

void addPrefixListSets(render::Renderers& renderers) {
  renderers.others.push_back(std::make_unique<SourceSets<ListPrefixes>>());
  renderers.others.push_back(std::make_unique<SourceSets<ListAskers>>());
}

}  // namespace netctl::firewall
