#pragma once

#include "modes/cloud/objects.h"
#include "modes/host/names.h"
#include "modes/net/address.h"

#include <string>

/// The names of our chains (at most 28 characters) and sets (at most 31).
namespace netctl::firewall {

// Fixed chains. None begins with the name of a family below.
inline constexpr auto kForward = "NC_FORWARD";
inline constexpr auto kRouted = "NC_ROUTED";     ///< what is not established and admitted
inline constexpr auto kGoingOn = "NC_GOING_ON";  ///< what goes on though nobody admitted it
inline constexpr auto kCut = "NC_CUT";           ///< what was cut
inline constexpr auto kAdmit = "NC_ADMIT";       ///< lets the flow in, and all of it that follows
inline constexpr auto kAgain = "NC_AGAIN";       ///< what an instance sends in the middle of a flow
inline constexpr auto kAdmitBack = "NC_ADMIT_BACK";  ///< NC_ADMIT, of a flow the other side began
inline constexpr auto kIn = "NC_IN";
inline constexpr auto kOnward = "NC_ONWARD";  ///< what instances may send, and what comes to them
inline constexpr auto kRestricted = "NC_RESTRICTED";  ///< from instances without all of egress
inline constexpr auto kOut = "NC_OUT";                ///< what those may send all the same
inline constexpr auto kInput = "NC_INPUT";
inline constexpr auto kHost = "NC_HOST";
inline constexpr auto kOutput = "NC_OUTPUT";
inline constexpr auto kPostrouting = "NC_POSTROUTING";
inline constexpr auto kMetadataRedirect = "NC_METADATA";

// Families: the names of all their chains begin so. The trie's root bears the family's name.
inline constexpr auto kRuledTrie = "NC_W";  ///< filter: destination -> group or instance chain
inline constexpr auto kInstanceChains = "NC_I_";  ///< filter: chains of instances of several groups
// The same for what an instance sends back: source -> group or instance chain.
inline constexpr auto kBackTrie = "NC_BW";
inline constexpr auto kBackInstanceChains = "NC_BI_";

// The same for what an instance may send: source -> group or instance chain.
inline constexpr auto kOutTrie = "NC_EW";
inline constexpr auto kOutInstanceChains = "NC_EI_";

inline constexpr auto kOpenSet = "nc_open";
inline constexpr auto kAllowSet = "nc_allow";
inline constexpr auto kOutOpenSet = "nc_out_open";
inline constexpr auto kOutAllowSet = "nc_out_allow";
/// The instances that may send everything to everybody: most of them. One that is not in it is
/// asked for each new flow, so that a member that is lost opens nothing.
inline constexpr auto kOutFreeSet = "nc_out_free";
using host::kInstanceSet;
inline constexpr auto kSourceSet = "nc_source";
inline constexpr auto kPoolSet = "nc_pool";
inline constexpr auto kDenySet = "nc_deny";
inline constexpr auto kNoNatSet = "nc_no_nat";

/// By which packets of a flow a permission is known.
enum class Way {
  In,    ///< those that it lets in
  Back,  ///< the instance's own, in the middle of a flow that it would have let in; TCP alone
  Out,   ///< of an egress permission: those that it lets out
};
inline constexpr Way kAllWays[] = {Way::In, Way::Back, Way::Out};

/// The names of a way's objects.
struct WayNames {
  const char* trie;
  const char* instance_chains;
  const char* group_chains;
};
WayNames namesOf(Way way);

/// `NC_G_1a2b3c4d`, `NC_BG_1a2b3c4d` for the way back, `NC_EG_1a2b3c4d` for the way out: the rules
/// of a group that no set can hold.
std::string groupChain(const cloud::GroupId& id, Way way = Way::In);
/// `NC_I_c0a80009`, `NC_BI_c0a80009` or `NC_EI_c0a80009`: the groups' chains of one instance, by
/// its private address.
std::string instanceChain(net::Ipv4Address address, Way way = Way::In);
/// `nc_m_1a2b3c4d`: the private addresses of a group's members.
std::string memberSet(const cloud::GroupId& id);
/// `nc_p_` and the list's digits: the prefixes of a prefix list.
std::string prefixListSet(const cloud::PrefixListId& id);
/// `nc_q_` and the list's digits: the private addresses behind public addresses that the list has.
std::string prefixListAskerSet(const cloud::PrefixListId& id);
/// `nc_c_cb007100_24`: the private addresses behind public addresses of a prefix.
std::string cidrSet(const net::Ipv4Prefix& prefix);

}  // namespace netctl::firewall
