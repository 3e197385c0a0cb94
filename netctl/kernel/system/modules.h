#pragma once

#include "base/result.h"

namespace netctl::kernel {

/// Loads the kernel modules that the drivers need, as modprobe(8) would; what is built in or loaded
/// already is fine. An error names every one that is neither there nor built in, as far as the
/// kernel tells: where it does not, the driver's first call fails.
///
/// br_netfilter is never loaded: whether bridged frames meet iptables is the administrator's
/// choice.
Result<void> loadModules();

}  // namespace netctl::kernel
