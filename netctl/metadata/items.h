#pragma once

#include "modes/cloud/cloud.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

/// The facts that an instance is told of itself, by the names of EC2's metadata service ("Instance
/// metadata categories" in the EC2 user guide). Pure.
namespace netctl::metadata {

/// Each item by its path below the version: `meta-data/local-ipv4`. A path never goes on below an
/// item.
using Items = std::map<std::string, std::string>;

/// All items of the instance. Its attributes are items of `meta-data` by their keys; an item that
/// the cloud itself knows takes precedence.
Items itemsOf(const cloud::Cloud& cloud, const cloud::Instance& instance);

/// The text at a path: an item, or the list of the names below it, a line each; a name with others
/// below itself ends with a slash. Absent where there is nothing.
std::optional<std::string> show(const Items& items, std::string_view path);

/// The versions of the service that are answered, all alike; the last is `latest`.
const std::vector<std::string_view>& versions();

}  // namespace netctl::metadata
