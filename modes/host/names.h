#pragma once

#include "modes/net/tag.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How our kernel objects are told from everybody else's. What does not bear these is never
/// touched.
namespace netctl::host {

inline constexpr std::string_view kChainPrefix = "NC_";
inline constexpr std::string_view kSetPrefix = "nc_";
inline constexpr std::string_view kPortPrefix = "nc_";  ///< of alternative names of ports
/// The comment that a former version had on its jumps in built-in chains.
inline constexpr std::string_view kJumpComment = "netctl";
/// IFA_PROTO of our addresses; outside the numbers that the kernel gives itself (if_addr.h).
inline constexpr std::uint8_t kAddressProtocol = 0x6e;
/// Device group (IFLA_GROUP) of the links that we make.
inline constexpr std::uint32_t kLinkGroup = 0x6e;
/// The bridge of a network's own segment, named as the original's: `eucabr<tag>`.
inline constexpr std::string_view kSegmentBridgePrefix = "eucabr";
std::string segmentBridge(net::Tag tag);
/// The tag of the bridge of that name; absent where it is not a segment's.
std::optional<net::Tag> segmentTag(std::string_view bridge);
/// Its VLAN device: `<trunk>.<tag>`, or `nc<tag>` where that is longer than the kernel allows.
std::string vlanDevice(const std::string& trunk, net::Tag tag);
/// The device whose addresses are the host's on whatever wire they are asked for.
inline constexpr std::string_view kLoopback = "lo";
/// The sysctl that lets the host forward, and that of one device, by which it may forward what
/// comes in there.
inline constexpr std::string_view kForwarding = "net.ipv4.ip_forward";
std::string deviceForwarding(std::string_view device);
/// True of the sysctls of a device: a device that comes has them from the host's defaults.
bool isOfDevice(std::string_view sysctl);
/// The set of the private addresses of all instances. At each it counts the packets to it and from
/// it that its groups did not permit.
inline constexpr auto kInstanceSet = "nc_instance";
/// The nft table of the bridge family.
inline constexpr std::string_view kGuardTable = "netctl";
/// The nft table of the ip family.
inline constexpr std::string_view kNatTable = "netctl";
/// Bits of a conntrack entry's labels. Other programs write whole marks, but leave labels alone.
inline constexpr std::uint16_t kAdmittedLabel = 7;  ///< its established packets pass
inline constexpr std::uint16_t kKeptLabel = 8;      ///< illegal, but somebody asked to keep it
inline constexpr std::uint16_t kCutLabel = 9;       ///< no packet of it passes
/// Set by the rules in what was not admitted, to tell entries without room for labels.
inline constexpr std::uint16_t kRoomLabel = 10;
/// An instance's packet began the entry, but a permission for the other side let it: conntrack had
/// lost the flow that the other side began.
inline constexpr std::uint16_t kTurnedLabel = 11;
/// Set before the rules, in what an instance may take up again by egress alone.
inline constexpr std::uint16_t kHealingLabel = 12;
/// Bits of its mark, which say the same of entries that are older than our rules and so have no
/// room for labels. A former version knows no other way, and cut flows bear its mark for that, too.
inline constexpr std::uint32_t kCutMark = 0x00800000;
inline constexpr std::uint32_t kKeptMark = 0x00400000;

}  // namespace netctl::host
