#pragma once

#include "modes/host/area.h"
#include "netctl/kernel/host/drivers.h"
#include "netctl/kernel/system/sysctl.h"

#include <functional>

namespace netctl::kernel {

/// How the servers' parts of a scope are read.
struct ServerLooks {
  using Look = std::function<Result<void>(const host::Scope&, host::HostState&)>;
  Look dhcp;
  Look metadata;
};

/// Reads whole areas by these drivers, and the servers' where they are among the areas.
Result<host::HostState> lookAtAreas(const host::Areas& areas, LinkDrivers& links,
                                    RuleDrivers& rules, DhcpDrivers& dhcp, Sysctls& sysctls,
                                    const ServerLooks& servers);

}  // namespace netctl::kernel
