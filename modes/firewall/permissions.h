#pragma once

#include "modes/cloud/objects.h"
#include "modes/cloud/settings.h"
#include "modes/host/host_state.h"
#include "modes/host/rule.h"

#include <vector>

/// How one permission becomes members of a set, rules, or both.
///
/// The set nc_allow holds (instance, protocol and port, source prefix). What fits in there is
/// there: a member per instance and port, looked up at the same cost whatever their number. The
/// rest are rules in the chain of the group.
namespace netctl::firewall {

/// A range of more ports than this is a rule: below, members are cheaper than a commit of the
/// table.
inline constexpr std::uint32_t kMaxPortsInSet = 64;

/// True where nc_allow holds the permission.
bool isInSet(const cloud::Permission& permission);

/// Appends the members of nc_allow for an instance with that private address; none where
/// `!isInSet(permission)`. The kernel refuses prefixes of length 0 there: 0.0.0.0/0 is its halves.
void appendMembers(const cloud::Permission& permission, net::Ipv4Address instance,
                   std::vector<host::SetMember>& members);

/// True where the member, whatever its instance, is one that appendMembers gives.
bool covers(const cloud::Permission& permission, const host::SetMember& member);

/// True where the prefix may hold public addresses of instances without holding their private ones,
/// so that it takes a set of private addresses (cidrSet) to tell who asks by way of a public
/// address.
bool holdsPublicAddresses(const cloud::Settings& settings, const net::Ipv4Prefix& source);

/// True where the permission needs rules in its group's chain.
bool needsRules(const cloud::Settings& settings, const cloud::Permission& permission);
bool needsRules(const cloud::Settings& settings, const cloud::Group& group);

/// The group's chain: ACCEPT rules only, in the order of the permissions.
host::Chain groupRules(const cloud::Settings& settings, const cloud::Group& group);

/// The prefix as members of a hash:net set; 0.0.0.0/0 is its halves.
std::vector<net::Ipv4Prefix> withoutLengthZero(const net::Ipv4Prefix& prefix);

}  // namespace netctl::firewall
