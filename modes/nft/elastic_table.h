#pragma once

#include "modes/host/flow.h"
#include "modes/host/host_state.h"
#include "modes/host/plan.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// The translation of public addresses (host::Nat) as nft's table `ip netctl`: rules that are the
/// same for any number of addresses, and a map each way. A change of an address is a change of two
/// elements, and a packet costs a lookup, however many there are. Single ports that are forwarded
/// are a third map, which the first packets of flows to other addresses are looked up in. The
/// second wall (wall.h) stands in the same table: they go and come together.
namespace netctl::nft {

/// The maps and the set that the table has, by name.
inline constexpr std::string_view kElasticMap = "elastic";    ///< public -> private
inline constexpr std::string_view kSeenAsMap = "seen_as";     ///< private -> public
inline constexpr std::string_view kForwardsMap = "forwards";  ///< public port -> private port
inline constexpr std::string_view kSendersSet = "senders";    ///< private address and MAC
inline constexpr std::string_view kNatSeal = "seal";
inline constexpr std::string_view kReceivedSet = "received";  ///< what instances got from outside
inline constexpr std::string_view kSentSet = "sent";          ///< what they sent there
inline constexpr std::string_view kDhcpCounter = "dhcp_answers";

/// How long instances may take up again TCP flows of theirs that conntrack has lost.
inline constexpr std::chrono::seconds kHealing{120};
/// nft's commands that begin that time, or begin it anew, for all flows but these, which are cut.
/// The kernel ends it by itself.
std::string healingCommands(const std::vector<host::Flow>& cut);

/// nft's commands by which these private addresses, and no others, are held: see wall.h.
std::string holdCommands(const std::set<net::Ipv4Address>& addresses);

/// Keys of the three maps, and pairs of the set.
struct NatKeys {
  std::set<net::Ipv4Address> elastic;
  std::set<net::Ipv4Address> seen_as;
  std::set<host::PublicPort> forwards = {};
  std::set<host::Sender> senders = {};

  bool operator==(const NatKeys&) const = default;
};
/// The keys that a step is about.
NatKeys keysOf(const host::EditNat& step);

/// The table without elements, in nft's language.
///
/// Its chains come just before iptables' table nat, which then sees no packet that they translated.
/// A packet to a public address, or to a forwarded port of one, is led to its instance, and an
/// instance's packet to the outside bears its public address. Before a forward of the host's own
/// address comes a socket of the host's that would take the packet. Packets of instances without
/// one are left to iptables (NC_POSTROUTING), and those that keep their address pass as they are.
std::string natTable(const host::NatRules& rules);

/// nft's commands for a step: one transaction. `there` says which of keysOf(step) are in the maps
/// and in the set.
std::string natCommands(const host::EditNat& step, const NatKeys& there);

/// The elements of the seal, key and comment, for these rules as we write them now. The element
/// `kernel` is added later, with the fingerprint of the rules as the kernel has them then.
std::map<std::string, std::string> natSeal(const host::NatRules& rules);
/// The rules that such a seal names; absent where this version would not have written it so.
std::optional<host::NatRules> parseNatSeal(const std::map<std::string, std::string>& seal);

/// nft's command that adds an element to the seal.
std::string addNatSeal(const std::string& key, const std::string& comment);

}  // namespace netctl::nft
