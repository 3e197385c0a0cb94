#pragma once

#include <cstdint>
#include <string_view>

/// How our kernel objects are told from everybody else's. What does not bear these is never
/// touched.
namespace netctl::host {

inline constexpr std::string_view kChainPrefix = "NC_";
inline constexpr std::string_view kSetPrefix = "nc_";
inline constexpr std::string_view kPortPrefix = "nc_";  ///< of alternative names of ports
/// The comment on our jumps in built-in chains.
inline constexpr std::string_view kJumpComment = "netctl";
/// IFA_PROTO of our addresses; outside the numbers that the kernel gives itself (if_addr.h).
inline constexpr std::uint8_t kAddressProtocol = 0x6e;
/// The bit of a conntrack entry's mark that says "cut".
inline constexpr std::uint32_t kCutMark = 0x00800000;

}  // namespace netctl::host
