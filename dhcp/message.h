#pragma once

#include "modes/net/address.h"
#include "modes/net/mac.h"
#include "modes/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// The DHCP messages (RFC 2131, RFC 2132) by which we speak to our own dnsmasq. Pure.
namespace netctl::dhcp {

using Bytes = std::vector<std::uint8_t>;

/// DHCPINFORM that asks for the lease time of an address, as dhcp_lease_time(1) does, and for the
/// generation.
Bytes renderQuestion(std::uint32_t transaction, net::Ipv4Address about);

/// DHCPRELEASE of an Ethernet client. dnsmasq takes one only if it names the server's identifier,
/// which is some address of the interface, and none when all are gone; RFC 5107's override makes it
/// the one we say.
Bytes renderRelease(net::Ipv4Address address, const net::MacAddress& mac);

/// What dnsmasq says to a question.
struct Answer {
  std::uint32_t transaction = 0;
  std::string generation;  ///< empty: it has read none
  bool leased = false;     ///< some client holds the address

  bool operator==(const Answer&) const = default;
};
Result<Answer> parseAnswer(std::span<const std::uint8_t> bytes);

}  // namespace netctl::dhcp
