#pragma once

#include "base/result.h"
#include "netctl/hook/daemon_calls.h"
#include "netctl/hook/machines_here.h"

#include <string>
#include <vector>

namespace netctl::hook {

/// The ids of this host's instances that a hook has attached and whose hypervisor does not know the
/// machine any more. Refused where a machine is described wrongly: whose instance it has is not
/// known then.
Result<std::vector<std::string>> forgotten(const MachinesHere& here, const Call& call,
                                           const std::string& node);

}  // namespace netctl::hook
