#pragma once

#include "modes/net/address.h"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace netctl::host {

/// What went one way.
struct Traffic {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  ///< of whole IP packets

  Traffic& operator+=(const Traffic& more) {
    packets += more.packets;
    bytes += more.bytes;
    return *this;
  }
  auto operator<=>(const Traffic&) const = default;
};

/// What an instance's private address and the outside have exchanged.
struct TrafficOfAddress {
  Traffic received;
  Traffic sent;

  TrafficOfAddress& operator+=(const TrafficOfAddress& more) {
    received += more.received;
    sent += more.sent;
    return *this;
  }
  auto operator<=>(const TrafficOfAddress&) const = default;
};

/// Numbers that the kernel counts on from what they were, as long as `life` is the same.
struct TrafficReading {
  std::string life;  ///< of the counting rules; empty: there are none
  std::map<net::Ipv4Address, TrafficOfAddress> addresses;
};

/// What a monitor counts of a host. The kernel begins anew where our rules are made anew.
struct HostCounts {
  std::map<std::string, std::uint64_t> guard_drops;    ///< frames, by reason
  std::optional<std::uint64_t> dhcp_answers = {};      ///< absent where nothing counts them
  std::map<int, std::uint64_t> metadata_answers = {};  ///< of netctl-metadata, by HTTP status
  /// Packets to or from an instance that no permission let pass, by its private address.
  std::map<net::Ipv4Address, std::uint64_t> denied = {};
};

}  // namespace netctl::host
