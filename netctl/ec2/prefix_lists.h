#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace netctl::ec2 {

/// `InvalidPrefixListId.Malformed`, or the id. EC2 knows prefix lists by their ids alone.
Result<std::string> parsePrefixListId(std::string_view text);

}  // namespace netctl::ec2
