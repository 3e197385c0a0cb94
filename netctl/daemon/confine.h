#pragma once

#include "base/result.h"

namespace netctl::daemon {

/// Gives up for ever, for netctld and all that it starts, what serving does not need: most
/// capabilities, system calls, core files. As its unit of systemd does (packaging/systemd), for
/// where there is none. Once the kernel's modules are loaded, and before there are threads.
Result<void> confine();

}  // namespace netctl::daemon
