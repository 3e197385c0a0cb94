#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace netctl {

/// The number that all of `text` is, in that base: without blanks, a plus sign or a prefix, and
/// within what the type holds. Leading zeros may be there.
template <std::integral Number>
std::optional<Number> parseWhole(std::string_view text, int base = 10) {
  Number number{};
  const char* const last = text.data() + text.size();
  const auto [end, fault] = std::from_chars(text.data(), last, number, base);
  if (fault != std::errc{} || end != last) return {};
  return number;
}

}  // namespace netctl
