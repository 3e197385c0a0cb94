#pragma once

#include "netctl/controller/problem.h"
#include "netctl/controller/status.h"

#include <vector>

namespace netctl::controller {

/// What there is to say of repairs that are paused, and of the DHCP and the metadata server. Pure.
std::vector<Problem> serviceProblems(const Status& status);

}  // namespace netctl::controller
