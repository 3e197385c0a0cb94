#pragma once

#include "base/result.h"
#include "netctl/controller/problem.h"

#include <cstddef>
#include <vector>

namespace netctl::daemon {

/// Raises this process' limit of open files (RLIMIT_NOFILE, getrlimit(2)) to what all listeners and
/// the links of nodes need at most: beyond its hard limit where it may, else up to that. Gives the
/// limit; an error where netctld cannot work with so few.
Result<std::size_t> raiseDescriptorLimit();

/// What there is to say of a limit that is enough to work, and not for all connections.
std::vector<controller::Problem> descriptorProblems(std::size_t limit);

}  // namespace netctl::daemon
