#pragma once

#include "modes/net/address.h"

#include <compare>
#include <cstdint>

namespace netctl::host {

/// One direction of a conntrack entry.
struct FlowTuple {
  net::Ipv4Address source;
  net::Ipv4Address destination;
  std::uint8_t protocol = 0;
  std::uint16_t source_port = 0;       ///< 0 where the protocol has none
  std::uint16_t destination_port = 0;  ///< ICMP: 0
  std::uint8_t icmp_type = 0;          ///< ICMP: of the original direction
  std::uint8_t icmp_code = 0;
  std::uint16_t icmp_id = 0;

  auto operator<=>(const FlowTuple&) const = default;
};

/// A conntrack entry: `reply` is what an answer looks like when it arrives, so it shows the
/// translations.
struct Flow {
  FlowTuple original;
  FlowTuple reply;
  bool cut = false;  ///< bears our mark

  auto operator<=>(const Flow&) const = default;
};

}  // namespace netctl::host
