#pragma once

#include "modes/host/host_state.h"
#include "modes/host/plan.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The guards of instance ports (host::Guards) as nft's table `bridge netctl`: rules that are the
/// same for any number of ports, and sets of what each port may send and get.
namespace netctl::firewall {

/// A part of an element's key, of nft's types ifname, ether_addr, ipv4_addr and mark.
using GuardKey = std::variant<std::string, net::MacAddress, net::Ipv4Address, net::Tag>;

/// An element of a set or map of the table.
struct GuardElement {
  std::string_view set;
  std::vector<GuardKey> key;
  std::optional<net::Tag> value;  ///< of a map's element
  std::string comment;

  bool operator==(const GuardElement&) const = default;
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
std::vector<GuardElement> portElements(const std::string& device, const host::Guard& guard);
std::vector<GuardElement> unseenElements(const host::Guard& guard);
/// The first is in kGuardMembers.
std::vector<GuardElement> memberElements(const net::MacAddress& mac, net::Tag network);

/// A guard as such a comment says it; absent where it does not.
std::optional<host::Guard> parseGuard(std::string_view comment);

/// Two elements that say what the table is: these rules as we write them now, and (the fingerprint)
/// the rules as the kernel had them then.
GuardElement rulesSeal(const host::GuardRules& rules, bool bridge_names);
GuardElement kernelSeal(std::uint64_t fingerprint);
/// The rules that a rulesSeal's comment names; absent where it was not made by this version.
std::optional<host::GuardRules> parseRulesSeal(std::string_view comment, bool bridge_names);

/// The table without elements, in nft's language. With `bridge_names` the kernel can tell which
/// bridge a port is of (nft_meta_bridge); without, the rules of the shared bridge are those of
/// every bridge, and there must be no own ones.
std::string guardTable(const host::GuardRules& rules, bool bridge_names);

/// nft's commands for a step: one transaction.
std::string guardCommands(const host::EditGuards& step, bool bridge_names);

/// nft's command that adds an element.
std::string addCommand(const GuardElement& element);

}  // namespace netctl::firewall
