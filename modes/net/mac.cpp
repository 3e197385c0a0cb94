#include "modes/net/mac.h"

#include "base/text.h"
#include "modes/net/malformed.h"

#include <fmt/format.h>

#include <span>

namespace netctl::net {
namespace {

/// As `xx:yy:...`. By hand, because there is one in most of what is rendered and read back.
std::string formatBytes(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(bytes.size() * 3 - 1, ':');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[i * 3] = kDigits[bytes[i] >> 4U];
    text[i * 3 + 1] = kDigits[bytes[i] & 15U];
  }
  return text;
}

/// Fills `bytes` from `xx:yy:...`; false where the text is anything else.
bool parseBytes(std::string_view text, std::span<std::uint8_t> bytes) {
  if (text.size() != bytes.size() * 3 - 1) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto high = hexDigit(text[i * 3]);
    const auto low = hexDigit(text[i * 3 + 1]);
    if (!high || !low || (i + 1 < bytes.size() && text[i * 3 + 2] != ':')) return false;
    bytes[i] = static_cast<std::uint8_t>(*high << 4U | *low);
  }
  return true;
}

}  // namespace

Result<MacAddress> parseMacAddress(std::string_view text) {
  MacAddress mac;
  if (!parseBytes(text, mac.bytes))
    return malformed("a MAC address", text, "write it as d0:0d:0a:1b:2c:3d");
  return mac;
}

std::string format(const MacAddress& mac) {
  return formatBytes(mac.bytes);
}

Result<MacPrefix> parseMacPrefix(std::string_view text) {
  MacPrefix prefix;
  if (!parseBytes(text, prefix.bytes) || (prefix.bytes[0] & 1U) != 0) {
    return malformed("a prefix of unicast MAC addresses", text, "write it as d0:0d");
  }
  return prefix;
}

std::string format(const MacPrefix& prefix) {
  return formatBytes(prefix.bytes);
}

}  // namespace netctl::net
