#pragma once

#include "modes/net/address.h"
#include "netctl/kernel/nft/nft_rule.h"
#include "netctl/surroundings/place.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What instances and the world begin flows by, and what becomes of it in somebody else's chains.
namespace netctl::surroundings {

/// The first packet of a flow as it comes in: any of those that are within the prefixes.
struct FirstPacket {
  std::string_view what;  ///< for people
  net::Ipv4Prefix source = {};
  net::Ipv4Prefix destination = {};
  std::optional<std::uint8_t> protocol = {};  ///< absent: any
  std::uint16_t port = 0;                     ///< of the destination; ICMP is an echo request
  std::string in = {};
};

/// What instances ask this host for.
std::vector<FirstPacket> askedOfHost(const Place& place);

/// What may become of it in a chain. To fall is to go on behind the chain's end.
struct Fates {
  bool falls = false;
  bool accepted = false;
  bool dropped = false;
  bool diverted = false;  ///< sent to another destination

  [[nodiscard]] bool drops(bool policy_drops) const {
    return !accepted && !diverted && (!falls || policy_drops);
  }
  [[nodiscard]] bool diverts() const { return diverted && !accepted && !falls && !dropped; }
};

/// Follows it through a chain, and into those that it calls. What cannot be read of a rule may be
/// met or not: then the fates have both.
Fates fatesOf(const FirstPacket& packet, const kernel::NftRules& rules, const std::string& chain);

}  // namespace netctl::surroundings
