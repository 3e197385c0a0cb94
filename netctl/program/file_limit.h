#pragma once

#include <sys/resource.h>

namespace netctl {

/// Lets this process open that many files, or as many as it may.
void raiseFileLimit(rlim_t count);

}  // namespace netctl
