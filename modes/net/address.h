#pragma once

#include "base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace netctl::net {

/// An IPv4 address. `value` is in host byte order, so that address arithmetic is plain arithmetic.
struct Ipv4Address {
  std::uint32_t value = 0;

  auto operator<=>(const Ipv4Address&) const = default;
  [[nodiscard]] Ipv4Address operator+(std::uint32_t offset) const { return {value + offset}; }
};

/// Strict dotted quad, four decimal numbers of 0..255 without leading zeros (RFC 6943 3.1.1,
/// "strict").
Result<Ipv4Address> parseIpv4Address(std::string_view text);
std::string format(Ipv4Address address);

/// An IPv4 prefix: `address` has no bits below `length`.
struct Ipv4Prefix {
  Ipv4Address address;
  std::uint8_t length = 0;  ///< 0..32

  auto operator<=>(const Ipv4Prefix&) const = default;
  [[nodiscard]] Ipv4Address netmask() const {
    return {length == 0 ? 0U : ~std::uint32_t{0} << (32U - length)};
  }
  [[nodiscard]] std::uint64_t size() const { return std::uint64_t{1} << (32U - length); }
  [[nodiscard]] Ipv4Address first() const { return address; }
  [[nodiscard]] Ipv4Address last() const { return {address.value | ~netmask().value}; }
  [[nodiscard]] bool contains(Ipv4Address other) const {
    return (other.value & netmask().value) == address.value;
  }
  [[nodiscard]] bool contains(const Ipv4Prefix& other) const {
    return other.length >= length && contains(other.address);
  }
  [[nodiscard]] bool overlaps(const Ipv4Prefix& other) const {
    return contains(other) || other.contains(*this);
  }
};

/// The prefix of that length around an address: host bits are cleared.
Ipv4Prefix prefixOf(Ipv4Address address, std::uint8_t length);
/// `a.b.c.d/0..32`; host bits are cleared, the length is required.
Result<Ipv4Prefix> parseIpv4Prefix(std::string_view text);
std::string format(const Ipv4Prefix& prefix);
/// An IPv6 prefix: `address`, in network byte order, has no bits below `length`.
struct Ipv6Prefix {
  std::array<std::uint8_t, 16> address = {};
  std::uint8_t length = 0;  ///< 0..128

  auto operator<=>(const Ipv6Prefix&) const = default;
};

/// RFC 4291, section 2.2, and `/0..128`; host bits are cleared, the length is required.
Result<Ipv6Prefix> parseIpv6Prefix(std::string_view text);
/// As RFC 5952 writes it.
std::string format(const Ipv6Prefix& prefix);

/// The length of a contiguous netmask (`255.255.0.0` is 16), or InvalidArgument.
Result<std::uint8_t> prefixLength(Ipv4Address netmask);

}  // namespace netctl::net
