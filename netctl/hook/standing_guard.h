#pragma once

#include "base/result.h"
#include "netctl/hook/machine.h"

namespace netctl::hook {

/// Whether the kernel holds whole guards with one for this machine: for its device, or by its MAC
/// where its device has no name of its own. In the network namespace of the calling thread; needs
/// CAP_NET_ADMIN.
Result<bool> guardStands(const Machine& machine);

}  // namespace netctl::hook
