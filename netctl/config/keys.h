#pragma once

#include "netctl/config/unchecked_values.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace netctl::config {

/// A set of modes or of roles: the sum of 1 << enumerator.
using Choices = std::uint8_t;

template <class... Enum>
constexpr Choices choices(Enum... values) {
  return static_cast<Choices>((0U + ... + (1U << static_cast<unsigned>(values))));
}
template <class Enum>
constexpr bool holds(Choices set, Enum value) {
  return (set & choices(value)) != 0;
}

inline constexpr Choices kManagedModes =
    choices(cloud::NetworkMode::Managed, cloud::NetworkMode::ManagedNoVlan);
inline constexpr Choices kEveryMode =
    kManagedModes | choices(cloud::NetworkMode::System, cloud::NetworkMode::Static);

enum class Standing {
  Used,
  NotYet,    ///< checked, but not supported yet: a notice says so
  NoEffect,  ///< a key of Eucalyptus that means nothing here: a notice says why
};

/// One key of the configuration. The one place for all that is known of it: the parser, the checks,
/// "did you mean" and the reference manual are made from this.
struct Key {
  std::string_view name;
  std::string_view meaning;    ///< one line for the manual; with NoEffect, why
  std::string_view right;      ///< what a value must be
  std::string_view fallback;   ///< the value where the key is not set; empty: none
  std::string_view derived;    ///< with no fallback: the default depends on this
  Choices modes = kEveryMode;  ///< those that use it
  Choices required_in = 0;     ///< modes that need it ...
  Choices required_by = 0;     ///< ... on hosts of these roles
  Standing standing = Standing::Used;
  bool at_run_time = false;  ///< a reload applies a change; else it needs a restart
  /// Puts a value, which is not empty, into `values`. False where it is not `right`; lists report
  /// their items themselves and give true.
  bool (*read)(const Entry& entry, UncheckedValues& values, Findings& findings) = nullptr;
};

/// All keys, those of Eucalyptus first. VNET_MODE is the very first: the others depend on it.
std::span<const Key> keys();
/// Null where there is none of exactly that name.
const Key* findKey(std::string_view name);
/// The key that a wrong name was probably meant to be: the nearest of those that differ in no more
/// than `farthest` letters.
std::optional<std::string_view> nearestKey(std::string_view name, std::size_t farthest);

}  // namespace netctl::config
