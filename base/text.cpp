#include "base/text.h"

#include <boost/locale/utf.hpp>

#include <algorithm>

namespace netctl {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

void appendHex(std::string& text, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  text += kDigits[value >> 4U];
  text += kDigits[value & 15U];
}

}  // namespace

bool isPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return isPrintable(c); });
}

std::string hex(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) appendHex(text, byte);
  return text;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string result;
  for (const char c : text.substr(0, limit)) {
    if (isPrintable(c)) {
      result += c;
    } else {
      result += "\\x";
      appendHex(result, c);
    }
  }
  if (text.size() > limit) result += "...";
  return result;
}

std::string quote(std::string_view text) {
  return '\'' + printable(text) + '\'';
}

std::optional<char32_t> takeCodePoint(std::string_view& text) {
  namespace utf = boost::locale::utf;
  const auto* at = text.data();
  const auto point = utf::utf_traits<char>::decode(at, text.data() + text.size());
  if (!utf::is_valid_codepoint(point)) {
    text.remove_prefix(1);
    return {};
  }
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  return static_cast<char32_t>(point);
}

bool isUtf8(std::string_view text, bool (*fits)(char32_t)) {
  while (!text.empty()) {
    const auto point = takeCodePoint(text);
    if (!point || !fits(*point)) return false;
  }
  return true;
}

}  // namespace netctl
