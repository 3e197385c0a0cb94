#pragma once

#include "base/result.h"
#include "modes/net/address.h"
#include "modes/net/mac.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// The DHCP messages (RFC 2131, RFC 2132) by which we speak to our own dnsmasq, and those of others
/// that we listen to. Pure.
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

/// What of a message tells who gets which address.
struct Message {
  bool from_client = false;  ///< BOOTREQUEST, else BOOTREPLY
  std::uint32_t transaction = 0;
  net::MacAddress client;
  net::Ipv4Address offered;               ///< `yiaddr`
  bool acknowledges = false;              ///< is a DHCPACK
  std::vector<net::Ipv4Address> servers;  ///< the server itself, and the routers it names
};
/// InvalidArgument for what is no DHCP message of an Ethernet client.
Result<Message> parseMessage(std::span<const std::uint8_t> bytes);

}  // namespace netctl::dhcp
