#pragma once

#include "base/result.h"

#include <span>

namespace netctl::confinement {

/// Takes from this process, and all that it starts, the system calls that a network controller
/// never needs: those that trace other processes, change mounts, namespaces, modules, the clock or
/// the kernel itself, or reach it by the ways in which most of its faults were found. They fail
/// with EPERM. `besides` are more of them, by number. Needs keepCapabilities before it, and is of
/// the calling thread and those that it starts: before there are others. Does nothing on machines
/// other than x86-64 and ARM64.
Result<void> denySystemCalls(std::span<const int> besides = {});

}  // namespace netctl::confinement
