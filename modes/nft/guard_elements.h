#pragma once

#include "modes/host/host_state.h"
#include "modes/host/plan.h"

#include <boost/container/static_vector.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The guards of instance ports (host::Guards) as nft's table `bridge netctl`: rules that are the
/// same for any number of ports, and sets of what each port may send and get.
namespace netctl::nft {

/// A part of an element's key, of nft's types ifname, ether_addr, ipv4_addr and mark.
using GuardKey = std::variant<std::string_view, net::MacAddress, net::Ipv4Address, net::Tag>;

/// An element of a set or map of the table. There are several for each instance: it allocates
/// nothing, and a device's name is whose it was made of.
struct GuardElement {
  std::string_view set;
  boost::container::static_vector<GuardKey, 2> key;
  std::optional<net::Tag> value;    ///< of a map's element
  std::optional<host::Guard> said;  ///< by its comment
};

/// The sets and the map that the table has, by name.
inline constexpr std::string_view kGuardPorts = "ports";
inline constexpr std::string_view kGuardUnseen = "unseen";
inline constexpr std::string_view kGuardMembers = "members";
inline constexpr std::string_view kGuardSeal = "seal";
/// All but the seal.
const std::vector<std::string_view>& guardSets();

/// What a guard is in the table. The first element is in kGuardPorts or kGuardUnseen and has all of
/// the guard as its comment; the others are what frames are compared with.
std::vector<GuardElement> portElements(std::string_view device, const host::Guard& guard);
std::vector<GuardElement> unseenElements(const host::Guard& guard);
/// The first is in kGuardMembers.
std::vector<GuardElement> memberElements(const net::MacAddress& mac, net::Tag network);

/// A guard as an element's comment, and as such a comment says it; absent where it does not.
std::string guardComment(const host::Guard& guard);
std::optional<host::Guard> parseGuard(std::string_view comment);

/// Two elements of kGuardSeal say by their comments what the table is: these rules as we write them
/// now, and (the fingerprint) the rules as the kernel had them then.
inline constexpr std::string_view kRulesSeal = "rules";
inline constexpr std::string_view kKernelSeal = "kernel";
std::string rulesSeal(const host::GuardRules& rules, bool bridge_names);
std::string kernelSeal(std::uint64_t fingerprint);
/// The rules that a rulesSeal names; absent where it was not made by this version.
std::optional<host::GuardRules> parseRulesSeal(std::string_view comment, bool bridge_names);
/// nft's command that adds such an element.
std::string addGuardSeal(std::string_view key, std::string_view comment);

/// The table without elements, in nft's language. With `bridge_names` the kernel can tell which
/// bridge a port is of (nft_meta_bridge); without, the rules of the shared bridge are those of
/// every bridge, and there must be no own ones.
std::string guardTable(const host::GuardRules& rules, bool bridge_names);

/// nft's commands for a step: one transaction.
std::string guardCommands(const host::EditGuards& step, bool bridge_names);

}  // namespace netctl::nft
