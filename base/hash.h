#pragma once

#include <cstdint>
#include <string_view>

namespace netctl {

/// A number for a text that changes with it (FNV-1a).
std::uint64_t fingerprint(std::string_view text);

}  // namespace netctl
