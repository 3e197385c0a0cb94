#pragma once

#include "modes/cloud/cloud.h"
#include "modes/net/protocol.h"

#include <set>

namespace netctl::firewall {

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

/// The addresses whose flows may have become illegal by these changes: an instance that lost a
/// permission, a group or its place, a public address that lost its instance. What only allows more
/// puts nothing at stake.
std::set<net::Ipv4Address> addressesAtStake(const cloud::Cloud& cloud,
                                            const cloud::Changes& changes);

/// True where the rules of this cloud would let the flow begin as it is, translations included. A
/// flow that is no instance's is always legal. A private address that belongs to no instance makes
/// a flow illegal; so does a translation by a public address that is not that instance's (any
/// more). The gateways' and host's own flows are legal.
bool isLegal(const cloud::Cloud& cloud, const Flow& flow);

}  // namespace netctl::firewall
