#pragma once

#include "modes/net/address.h"
#include "modes/net/protocol.h"

#include <compare>
#include <cstdint>

namespace netctl::net {

/// A socket of the host that waits for others, of TCP or UDP.
struct Listener {
  Protocol protocol;
  Ipv4Address address;  ///< 0.0.0.0: each of the host's own
  std::uint16_t port = 0;

  /// Whether packets to that address reach it.
  [[nodiscard]] bool isAt(Ipv4Address asked) const {
    return address == Ipv4Address{} || address == asked;
  }
  /// Whether it gets what comes to one of these ports of that address.
  [[nodiscard]] bool takes(Ipv4Address asked, Protocol of, const PortRange& ports) const {
    return isAt(asked) && protocol == of && ports.contains(port);
  }
  auto operator<=>(const Listener&) const = default;
};

}  // namespace netctl::net
