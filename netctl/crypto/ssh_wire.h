#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The types of SSH's messages that keys are made of (RFC 4251, section 5). Internal.
namespace netctl::crypto {

inline void putUint32(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xffU);
}

/// `string`: its length and its bytes.
inline void putString(std::string& bytes, std::string_view value) {
  putUint32(bytes, static_cast<std::uint32_t>(value.size()));
  bytes += value;
}

/// `mpint` of a number that is not negative, from its bytes without leading zeros.
inline void putNumber(std::string& bytes, std::string_view number) {
  const bool looks_negative = !number.empty() && (static_cast<unsigned char>(number[0]) & 0x80U);
  putString(bytes, (looks_negative ? std::string(1, '\0') : std::string()).append(number));
}

/// Takes a `string` off; absent where there is no whole one.
inline std::optional<std::string_view> takeString(std::string_view& bytes) {
  if (bytes.size() < 4) return {};
  std::uint32_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8U | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(4);
  if (bytes.size() < size) return {};
  const auto value = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return value;
}

/// Takes an `mpint` off that is positive and written as shortly as can be; gives its bytes without
/// the sign.
inline std::optional<std::string_view> takeNumber(std::string_view& bytes) {
  auto number = takeString(bytes);
  if (!number || number->empty()) return {};
  const auto first = static_cast<unsigned char>(number->front());
  if (first >= 0x80U) return {};
  if (first != 0) return number;
  number->remove_prefix(1);
  if (number->empty() || static_cast<unsigned char>(number->front()) < 0x80U) return {};
  return number;
}

}  // namespace netctl::crypto
