#pragma once

#include "modes/host/host_state.h"

#include <optional>
#include <string>

namespace netctl::testing {

/// The first packet of a flow, as it comes in.
struct Packet {
  net::Ipv4Address source;
  net::Ipv4Address destination;
  std::string in;  ///< the interface that it comes in by; empty: the host itself sends it
  std::uint8_t protocol = 6;
  std::uint16_t source_port = 40000;
  std::uint16_t destination_port = 0;
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  bool syn = true;  ///< TCP: may begin a connection
};

/// Where a packet ended and how it looked there.
struct Delivered {
  net::Ipv4Address source;
  net::Ipv4Address destination;
  bool at_host = false;    ///< at a socket of the host, else it was forwarded
  std::uint16_t port = 0;  ///< to which it came there

  bool operator==(const Delivered&) const = default;
};

/// A host besides what is ours on it.
struct Surroundings {
  std::string private_interface;
  std::string public_interface;
  net::Ipv4Prefix private_subnet;   ///< is routed to the private interface
  net::Ipv4Address public_address;  ///< the host's own; what it masquerades by
};

/// What the rules and sets of a host state make of a packet that begins a flow; absent: it is
/// dropped. A slow and literal reading of them, after iptables(8) and ip_set(4): built-in chains
/// accept at their end, our jump is their only rule.
std::optional<Delivered> walk(const host::HostState& state, const Surroundings& surroundings,
                              const Packet& packet);

}  // namespace netctl::testing
