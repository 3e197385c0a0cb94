#pragma once

#include "modes/cloud/cloud.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

/// What an instance is told of itself, as the metadata service of EC2 names it ("Instance metadata
/// categories" in the EC2 user guide). Pure.
namespace netctl::metadata {

/// Each item by its path below the version: `meta-data/local-ipv4`. A path never goes on below an
/// item.
using Items = std::map<std::string, std::string>;

/// All items of the instance. Its attributes are items of `meta-data` by their keys; where the
/// cloud itself knows better, what it knows counts.
Items itemsOf(const cloud::Cloud& cloud, const cloud::Instance& instance);

/// What a path shows: an item, or the list of what is below it, a line each, with a slash behind
/// what has something below itself. Absent where there is nothing.
std::optional<std::string> show(const Items& items, std::string_view path);

/// The versions of the service that are answered, all alike; the last is `latest`.
const std::vector<std::string_view>& versions();

}  // namespace netctl::metadata
