#pragma once

#include "modes/net/mac.h"

#include <cstdint>
#include <set>
#include <string>

namespace netctl {

/// What a mode must know of the host that it renders for. Read at start and at each reload; a mode
/// is made for one value of it.
struct HostFacts {
  /// Where instances' frames arrive: VNET_PRIVINTERFACE, in MANAGED the trunk; else its bridge
  /// where it is a bridge's port.
  std::string private_interface;
  /// Where elastic addresses stand: VNET_PUBINTERFACE, or its bridge.
  std::string public_interface;
  /// MTU of the private interface.
  std::uint32_t mtu = 1500;
  /// VNET_DNS is an address of this host.
  bool dns_is_local = false;
  /// A port of `private_interface`, with its MAC, towards instances of other hosts; else empty.
  std::string private_port;
  bool has_other_hosts = false;  ///< where instances may run
  /// MTU of instances' ports: the trunk's, or that of the wire behind VNET_BRIDGE.
  std::uint32_t port_mtu = 1500;
  /// By which this host sends on its private interface: its MAC, and a bond's members'.
  std::set<net::MacAddress> private_macs;
  /// VNET_PRIVINTERFACE where it is a port of VNET_BRIDGE; else empty.
  std::string uplink;

  bool operator==(const HostFacts&) const = default;
};

}  // namespace netctl
