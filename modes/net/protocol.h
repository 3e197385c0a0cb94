#pragma once

#include "base/result.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netctl::net {

/// An IP protocol number (IANA), or any.
struct Protocol {
  std::optional<std::uint8_t> number;  ///< absent: any protocol

  auto operator<=>(const Protocol&) const = default;
};

inline constexpr Protocol kAnyProtocol{};
inline constexpr Protocol kIcmp{1};
inline constexpr Protocol kTcp{6};
inline constexpr Protocol kUdp{17};

/// `tcp`, `udp`, `icmp`, `all` (also `-1`), or a number of 0..255; 1, 6 and 17 equal the names.
Result<Protocol> parseProtocol(std::string_view text);
/// The name where there is one, else the number; `all` for any.
std::string format(const Protocol& protocol);

/// Ports from first to last, both included. 0 is a port.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;

  auto operator<=>(const PortRange&) const = default;
  [[nodiscard]] std::uint32_t size() const { return std::uint32_t{last} - first + 1U; }
  [[nodiscard]] bool contains(std::uint16_t port) const { return first <= port && port <= last; }
};

/// An ICMP type and code; absent is any. A code without a type does not exist.
struct IcmpMatch {
  std::optional<std::uint8_t> type;
  std::optional<std::uint8_t> code;

  auto operator<=>(const IcmpMatch&) const = default;
};

}  // namespace netctl::net
