#pragma once

#include "modes/cloud/objects.h"
#include "modes/cloud/settings.h"
#include "modes/firewall/chain_and_set_names.h"
#include "modes/host/host_state.h"
#include "modes/host/rule.h"

#include <vector>

/// How one permission becomes members of a set, rules, or both.
///
/// The set nc_allow holds (instance, protocol and port, source prefix), and nc_open the same from
/// anywhere, without a source. All permissions that fit are members there, one per instance and
/// port, since a lookup costs the same whatever their number. The others are rules in the chain of
/// their group. nc_out_allow and nc_out_open are the same for egress, where the prefix is of those
/// who may be sent to. The instances of a group that permits everything out are members of
/// nc_out_free, and nobody asks for the rest of what it permits.
namespace netctl::firewall {

/// A range of more ports than this is a rule. Up to there, adding members is cheaper than the
/// commit of a table.
inline constexpr std::uint32_t kMaxPortsInSet = 64;

/// True where the group permits everything out.
bool isFree(const cloud::Group& group);

/// True where a set holds the permission.
bool isInSet(const cloud::Permission& permission);

/// A member of one of the four sets.
struct Allowed {
  cloud::Direction direction = cloud::Direction::Ingress;
  bool is_open = false;  ///< whoever the other side is: a member of nc_open or nc_out_open
  host::SetMember member;

  auto operator<=>(const Allowed&) const = default;
};
/// The set that it is in.
const char* setOf(const Allowed& allowed);
host::SetType typeOf(const Allowed& allowed);

/// Appends the members for an instance with that private address; none where
/// `!isInSet(permission)`.
void appendMembers(const cloud::Permission& permission, net::Ipv4Address instance,
                   std::vector<Allowed>& members);

/// True where appendMembers gives that member; its instance is not compared.
bool covers(const cloud::Permission& permission, const Allowed& allowed);

/// True where the prefix may hold public addresses of instances without holding their private ones.
/// An instance that asks a public address comes with its private one, so that such a prefix takes a
/// set of private addresses beside its rule (cidrSet).
bool holdsPublicAddresses(const cloud::Settings& settings, const net::Ipv4Prefix& source);

/// True where the permission needs rules in its group's chain.
bool needsRules(const cloud::Settings& settings, const cloud::Permission& permission,
                Way way = Way::In);
bool needsRules(const cloud::Settings& settings, const cloud::Group& group, Way way = Way::In);

/// The group's chain: rules that let pass only, in the order of the permissions.
host::Chain groupRules(const cloud::Settings& settings, const cloud::Group& group,
                       Way way = Way::In);

}  // namespace netctl::firewall
