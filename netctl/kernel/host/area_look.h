#pragma once

#include "modes/host/area.h"
#include "netctl/kernel/host/drivers.h"

namespace netctl::kernel {

/// Reads whole areas by these drivers; of sysctls and DHCP, which have none in these groups, only
/// which devices forward.
Result<host::HostState> lookAtAreas(const host::Areas& areas, LinkDrivers& links,
                                    RuleDrivers& rules, DhcpDrivers& dhcp);

}  // namespace netctl::kernel
