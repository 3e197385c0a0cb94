#pragma once

#include "modes/metadata/items.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// An instance's items as the tree that its paths make. Pure.
namespace netctl::metadata {

/// The text at a path: an item, or the list of the names below it, a line each; a name with others
/// below itself ends with a slash. Absent where there is nothing.
std::optional<std::string> show(const Items& items, std::string_view path);

/// The versions of the service that are answered, all alike; the last is `latest`.
const std::vector<std::string_view>& versions();

}  // namespace netctl::metadata
