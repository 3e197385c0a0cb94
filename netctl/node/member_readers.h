#pragma once

#include "base/text.h"
#include "modes/cloud/faults.h"
#include "netctl/json/fields.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

/// How the messages of the node link use the strict reader: their members are required unless they
/// came later, and a map is an object whose names are keys.
namespace netctl::node {

inline constexpr auto kAnyNumber = std::numeric_limits<std::int64_t>::max();

constexpr json::Field text(std::string_view name) {
  return {name, json::Type::String};
}
constexpr json::Field number(std::string_view name, std::int64_t least, std::int64_t most) {
  return {.name = name, .type = json::Type::Number, .minimum = least, .maximum = most};
}
constexpr json::Field texts(std::string_view name) {
  return {name, json::Type::Strings};
}
constexpr json::Field members(std::string_view name) {
  return {name, json::Type::Object};
}
constexpr json::Field orNull(json::Field field) {
  field.nullable = true;
  return field;
}

constexpr json::Field optional(json::Field field) {
  field.required = false;
  return field;
}

/// `of` is a JSON object, or a value that must be one.
template <class Json>
json::Fields membersOf(const Json& of, std::span<const json::Field> table, const std::string& path,
                       cloud::Faults& faults) {
  return {of, table, path, faults, "member"};
}

/// A text by a parser that gives an optional value or a Result; what it refuses is a fault.
template <class Parse>
auto readAs(const json::Fields& fields, std::string_view name, Parse parse) {
  std::optional<typename decltype(parse(std::string_view{}))::value_type> value;
  const auto given = fields.text(name);
  if (!given) return value;
  if (auto parsed = parse(std::string_view(*given))) {
    value = *std::move(parsed);
  } else {
    fields.fault(name, fmt::format("has a wrong value: {}", quote(*given)));
  }
  return value;
}

/// Calls `read(key, value, path)` for each entry of a map; false where it has the key already.
template <class Parse, class Read>
void readMap(const json::Fields& fields, std::string_view name, Parse parse, Read read) {
  const auto* const map = fields.object(name);
  if (map == nullptr) return;
  for (const auto& entry : *map) {
    // One wrong entry tells enough; a list of all of them could be as long as the message.
    if (!fields.faults().empty()) return;
    const auto at = fmt::format("{}.{}", name, printable(entry.key()));
    const auto key = parse(std::string_view(entry.key()));
    if (!key) {
      fields.fault(at, "has a wrong name");
    } else if (!read(*key, entry.value(), fields.pathOf(at) + ".")) {
      fields.fault(at, "is there twice");
    }
  }
}

}  // namespace netctl::node
