#pragma once

#include <cstdint>
#include <string_view>

namespace netctl {

/// A number that tells texts apart, the same on every machine and in every version (FNV-1a, 64
/// bits). It does not withstand somebody who looks for two texts with one number.
std::uint64_t fingerprint(std::string_view text);

}  // namespace netctl
