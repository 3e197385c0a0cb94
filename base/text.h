#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Texts that come from outside and go to people: what they may hold, and how they are shown. None
/// of it depends on the locale.
namespace netctl {

constexpr bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
/// Printable ASCII: from the blank to the tilde.
constexpr bool isPrintable(char c) {
  return c >= ' ' && c <= '~';
}
bool isPrintable(std::string_view text);

/// The value of a hexadecimal digit of either case; absent: it is another character.
constexpr std::optional<std::uint8_t> hexDigit(char c) {
  if (isDigit(c)) return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return {};
}
/// Two lower-case digits for each byte.
std::string hex(std::string_view bytes);

/// Foreign bytes for people: other bytes than printable ASCII as `\xNN`, and `...` in place of what
/// comes after `limit` bytes.
std::string printable(std::string_view text, std::size_t limit = 80);
/// The same in single quotes, as messages have it.
std::string quote(std::string_view text);

/// Takes the first code point of UTF-8 off a text that is not empty. Absent: its first bytes are
/// not UTF-8; one byte is taken off then.
std::optional<char32_t> takeCodePoint(std::string_view& text);
/// Whether a text is UTF-8 whose code points are all such as `fits` says.
bool isUtf8(std::string_view text, bool (*fits)(char32_t));

}  // namespace netctl
