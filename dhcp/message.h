#pragma once

#include "modes/net/address.h"
#include "modes/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// The DHCP messages (RFC 2131, RFC 2132) by which we speak to our own dnsmasq. Pure.
namespace netctl::dhcp {

using Bytes = std::vector<std::uint8_t>;

/// DHCPINFORM that asks for the generation. dnsmasq answers it only where the address lies in its
/// range.
Bytes renderQuestion(std::uint32_t transaction, net::Ipv4Address about);

/// What dnsmasq says to it.
struct Answer {
  std::uint32_t transaction = 0;
  std::string generation;  ///< empty: it has read none

  bool operator==(const Answer&) const = default;
};
Result<Answer> parseAnswer(std::span<const std::uint8_t> bytes);

}  // namespace netctl::dhcp
