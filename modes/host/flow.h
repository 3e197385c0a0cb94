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
  bool cut = false;       ///< no packet of it passes: by its labels or by its mark
  bool kept = false;      ///< is left as it is, though it may be illegal
  bool admitted = false;  ///< its established packets pass, by its labels
  bool marked = false;    ///< is cut by its mark
  bool labelled = false;  ///< bears some label, ours or another: it has room for them
  bool turned = false;    ///< the other side began it, though the entry has it the other way round

  auto operator<=>(const Flow&) const = default;
};

/// A flow with what says how it weighs on conntrack's table.
struct FlowEntry {
  Flow flow;
  bool assured = false;       ///< both sides have spoken: a full table makes no room at its expense
  std::uint32_t seconds = 0;  ///< that it still has where nobody sends
};

/// How much of conntrack's table is in use.
struct FlowTable {
  std::uint64_t used = 0;
  std::uint64_t limit = 0;  ///< 0: none is known
};

}  // namespace netctl::host
