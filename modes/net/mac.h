#pragma once

#include "base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace netctl::net {

/// An Ethernet address, in the order of the wire.
struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  auto operator<=>(const MacAddress&) const = default;
  [[nodiscard]] bool isMulticast() const { return (bytes[0] & 1U) != 0; }
};

/// Six hexadecimal bytes with colons, in either case.
Result<MacAddress> parseMacAddress(std::string_view text);
/// Lower case, with colons.
std::string format(const MacAddress& mac);

/// The first two bytes of the MACs that are made from instance ids (VNET_MACPREFIX).
struct MacPrefix {
  std::array<std::uint8_t, 2> bytes{0xd0, 0x0d};

  auto operator<=>(const MacPrefix&) const = default;
  [[nodiscard]] bool matches(const MacAddress& mac) const {
    return mac.bytes[0] == bytes[0] && mac.bytes[1] == bytes[1];
  }
};

/// Two hexadecimal bytes with a colon; a multicast prefix is refused.
Result<MacPrefix> parseMacPrefix(std::string_view text);
std::string format(const MacPrefix& prefix);

}  // namespace netctl::net
