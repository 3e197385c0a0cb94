#pragma once

#include <string_view>

namespace netctl::surroundings {

/// True where an interface may meet both: each is a name, or empty for any, or ends in `+` (of
/// iptables) or `*` (of nft) for all that begin so.
inline bool mayBeSame(std::string_view one, std::string_view other) {
  const auto isPattern = [](std::string_view name) {
    return !name.empty() && (name.back() == '+' || name.back() == '*');
  };
  const auto stem = [&](std::string_view name) {
    return isPattern(name) ? name.substr(0, name.size() - 1) : name;
  };
  if (one.empty() || other.empty()) return true;
  if (isPattern(one) && isPattern(other)) {
    return stem(one).starts_with(stem(other)) || stem(other).starts_with(stem(one));
  }
  if (isPattern(one)) return other.starts_with(stem(one));
  if (isPattern(other)) return one.starts_with(stem(other));
  return one == other;
}

/// True where every interface that meets `pattern` meets `wide`.
inline bool covers(std::string_view wide, std::string_view pattern) {
  if (wide.empty() || wide == pattern) return true;
  if (wide.back() != '+' && wide.back() != '*') return false;
  return !pattern.empty() && pattern.starts_with(wide.substr(0, wide.size() - 1));
}

}  // namespace netctl::surroundings
