#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

/// How callers name what exists: by name or by id. These check the form; whether it exists is the
/// cloud's matter.
namespace netctl::api {

/// An account's name or id.
Result<std::string> parseOwner(std::string_view text);
/// A group's name or id.
Result<std::string> parseGroup(std::string_view text);
/// A group's id.
Result<std::string> parseGroupId(std::string_view text);

}  // namespace netctl::api
