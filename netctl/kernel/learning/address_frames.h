#pragma once

#include "modes/net/address.h"
#include "modes/net/mac.h"

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

/// What the frames at an instance's port say of its address. Pure.
namespace netctl::kernel {

/// The instance asks a DHCP server.
struct DhcpQuestion {
  std::uint32_t transaction = 0;

  bool operator==(const DhcpQuestion&) const = default;
};
/// A DHCP server gives it an address.
struct DhcpLease {
  std::uint32_t transaction = 0;
  net::Ipv4Address address;
  std::vector<net::Ipv4Address> servers = {};  ///< the server itself, and the routers it names

  bool operator==(const DhcpLease&) const = default;
};
/// It says itself that it has an address, by ARP.
struct ArpClaim {
  net::Ipv4Address address;

  bool operator==(const ArpClaim&) const = default;
};
using AddressWord = std::variant<DhcpQuestion, DhcpLease, ArpClaim>;

/// The sender of an ARP frame, whoever it is; absent where it is no such frame, or names no address
/// that a host can have.
struct ArpSender {
  net::Ipv4Address address;
  net::MacAddress mac;

  bool operator==(const ArpSender&) const = default;
};
std::optional<ArpSender> parseArpSender(std::span<const std::uint8_t> frame);

/// What an Ethernet frame says of the address of the instance with that MAC; `to_instance` is the
/// direction. Absent where it says nothing: of others, of no address that a host can have, cut off,
/// in fragments, tagged. Takes any bytes.
std::optional<AddressWord> parseAddressFrame(std::span<const std::uint8_t> frame, bool to_instance,
                                             const net::MacAddress& mac);

/// A filter for a packet socket (SO_ATTACH_FILTER; Documentation/networking/filter.rst) that lets
/// pass what parseAddressFrame may have a word for, and of ARP only what claims another address
/// than the one that is known.
std::vector<sock_filter> addressFilter(const net::MacAddress& mac,
                                       std::optional<net::Ipv4Address> known);

}  // namespace netctl::kernel
