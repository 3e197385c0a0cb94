#pragma once

#include <compare>
#include <cstdint>

namespace netctl::net {

/// The number of a network: 2..4094 (IEEE 802.1Q reserves 0 and 4095, Eucalyptus leaves 1 out).
/// In MANAGED it is the VLAN id on the wire.
struct Tag {
  std::uint16_t value = 2;

  static constexpr std::uint16_t kFirst = 2;
  static constexpr std::uint16_t kLast = 4094;

  auto operator<=>(const Tag&) const = default;
};

}  // namespace netctl::net
