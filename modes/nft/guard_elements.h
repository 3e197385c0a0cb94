#pragma once

#include "modes/host/host_state.h"
#include "modes/host/plan.h"

#include <boost/container/static_vector.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The guards of instance ports (host::Guards) in nft's table `bridge netctl`. The table's rules
/// (guard_table.h) are the same for any number of ports: its sets hold what each port may send and
/// get.
namespace netctl::nft {

/// A part of an element's key, of nft's types ifname, ether_addr, ipv4_addr and mark.
using GuardKey = std::variant<std::string_view, net::MacAddress, net::Ipv4Address, net::Tag>;

/// An element of a set or map of the table. There are several for each instance, so that it
/// allocates nothing: a device's name must outlive it.
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
/// A part of the rules: what is in it is sealed with them.
inline constexpr std::string_view kGatewayMacs = "gateway_macs";
/// All but the seal (guard_seal.h) and kGatewayMacs.
const std::vector<std::string_view>& guardSets();

/// What a guard is in the table. The first element is in kGuardPorts or kGuardUnseen, and its
/// comment has all of the guard. The rules compare frames with the others.
std::vector<GuardElement> portElements(std::string_view device, const host::Guard& guard);
std::vector<GuardElement> unseenElements(const host::Guard& guard);
/// The first is in kGuardMembers.
std::vector<GuardElement> memberElements(const net::MacAddress& mac, net::Tag network);

/// A guard as the comment of an element, and the guard that such a comment says; absent where it
/// says none.
std::string guardComment(const host::Guard& guard);
std::optional<host::Guard> parseGuard(std::string_view comment);

/// nft's commands for a step: one transaction. `bridge_names` as in guardTable.
std::string guardCommands(const host::EditGuards& step, bool bridge_names);

}  // namespace netctl::nft
