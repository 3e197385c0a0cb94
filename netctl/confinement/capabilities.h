#pragma once

#include "base/result.h"

#include <span>

/// What a process gives up for ever, itself and for all that it starts.
namespace netctl::confinement {

/// Keeps these of its capabilities (capabilities(7)) and drops all others, and can get none by
/// starting a program. Of the calling thread and those that it starts: before there are others.
Result<void> keepCapabilities(std::span<const int> kept);

/// Nobody gets to read the process' memory: it leaves no core file, and only who may trace every
/// process may trace this one (PR_SET_DUMPABLE, prctl(2)).
Result<void> hideMemory();

}  // namespace netctl::confinement
