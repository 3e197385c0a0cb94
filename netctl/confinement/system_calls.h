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

/// Leaves this process these system calls, by number, and no other: for one that is to talk to who
/// it is connected with, and to nobody else. All else as denySystemCalls.
Result<void> keepSystemCalls(std::span<const int> kept);

}  // namespace netctl::confinement
