#pragma once

#include "modes/host/area.h"
#include "netctl/kernel/host/drivers.h"
#include "netctl/kernel/system/sysctl.h"

#include <functional>

namespace netctl::kernel {

/// Reads whole areas by these drivers. `look_at_server` reads those of the DHCP server, where they
/// are among the areas.
Result<host::HostState> lookAtAreas(
    const host::Areas& areas, LinkDrivers& links, RuleDrivers& rules, DhcpDrivers& dhcp,
    Sysctls& sysctls,
    const std::function<Result<void>(const host::Scope&, host::HostState&)>& look_at_server);

}  // namespace netctl::kernel
