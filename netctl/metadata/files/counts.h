#pragma once

#include <cstdint>
#include <map>
#include <string_view>

namespace netctl::metadata {

/// What Layout::counts has: how many answers there were of each HTTP status. Lines that are not
/// such are left out, since the process that writes them is not to be believed.
std::map<int, std::uint64_t> parseCounts(std::string_view text);

}  // namespace netctl::metadata
