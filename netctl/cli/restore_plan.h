#pragma once

#include "modes/cloud/cloud.h"

#include <string>
#include <vector>

namespace netctl::cli {

/// What becomes of a cloud when another one takes its place, a line for each object that differs:
/// "+" comes, "-" goes, "~" changes.
std::vector<std::string> restorePlan(const cloud::Cloud& there, const cloud::Cloud& backup);

}  // namespace netctl::cli
