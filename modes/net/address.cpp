#include "modes/net/address.h"

#include "base/number.h"
#include "modes/net/malformed.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <optional>

namespace netctl::net {
namespace {

/// A decimal number of 0..`limit` without leading zeros that is all of `text`.
std::optional<std::uint32_t> decimal(std::string_view text, std::uint32_t limit) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return {};
  const auto value = parseWhole<std::uint32_t>(text);
  return value && *value <= limit ? value : std::nullopt;
}

}  // namespace

Result<Ipv4Address> parseIpv4Address(std::string_view text) {
  constexpr std::string_view kRight = "write four numbers of 0..255, as 192.168.0.9";
  std::uint32_t value = 0;
  std::string_view rest = text;
  for (int part = 0; part < 4; ++part) {
    const auto dot = part < 3 ? rest.find('.') : rest.size();
    if (dot == std::string_view::npos) return malformed("an IPv4 address", text, kRight);
    const auto number = decimal(rest.substr(0, dot), 255);
    if (!number) return malformed("an IPv4 address", text, kRight);
    value = value << 8U | *number;
    rest.remove_prefix(part < 3 ? dot + 1 : dot);
  }
  return Ipv4Address{value};
}

std::string format(Ipv4Address address) {
  const auto value = address.value;
  return fmt::format("{}.{}.{}.{}", value >> 24U, value >> 16U & 255U, value >> 8U & 255U,
                     value & 255U);
}

Ipv4Prefix prefixOf(Ipv4Address address, std::uint8_t length) {
  Ipv4Prefix prefix{address, length};
  prefix.address.value &= prefix.netmask().value;
  return prefix;
}

Result<Ipv4Prefix> parseIpv4Prefix(std::string_view text) {
  constexpr std::string_view kRight = "write an address and a length of 0..32, as 10.0.0.0/8";
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return malformed("a CIDR block", text, kRight);
  const auto address = parseIpv4Address(text.substr(0, slash));
  const auto length = decimal(text.substr(slash + 1), 32);
  if (!address || !length) return malformed("a CIDR block", text, kRight);
  return prefixOf(*address, static_cast<std::uint8_t>(*length));
}

std::string format(const Ipv4Prefix& prefix) {
  return fmt::format("{}/{}", format(prefix.address), prefix.length);
}

Result<Ipv6Prefix> parseIpv6Prefix(std::string_view text) {
  constexpr std::string_view kRight = "write an address and a length of 0..128, as 2001:db8::/32";
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return malformed("an IPv6 CIDR block", text, kRight);
  const std::string address(text.substr(0, slash));
  const auto length = decimal(text.substr(slash + 1), 128);
  Ipv6Prefix prefix;
  if (!length || inet_pton(AF_INET6, address.c_str(), prefix.address.data()) != 1) {
    return malformed("an IPv6 CIDR block", text, kRight);
  }
  prefix.length = static_cast<std::uint8_t>(*length);
  for (std::size_t i = 0; i < prefix.address.size(); ++i) {
    const auto kept = std::clamp(static_cast<int>(prefix.length) - static_cast<int>(i) * 8, 0, 8);
    prefix.address[i] &= static_cast<std::uint8_t>(0xff00U >> static_cast<unsigned>(kept));
  }
  return prefix;
}

std::string format(const Ipv6Prefix& prefix) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, prefix.address.data(), text.data(), text.size());
  return fmt::format("{}/{}", text.data(), prefix.length);
}

Result<std::uint8_t> prefixLength(Ipv4Address netmask) {
  const auto length = std::countl_one(netmask.value);
  if (std::popcount(netmask.value) != length) {
    return malformed("a netmask", format(netmask),
                     "its ones must come before its zeros, as 255.255.0.0");
  }
  return static_cast<std::uint8_t>(length);
}

}  // namespace netctl::net
