#pragma once

#include "netctl/cli/hook_call.h"

namespace netctl::cli {

/// `netctl hook sync`: gives each machine that runs here its instance, as a hook does at its start.
/// Prints a line for each; kRefused where one gets none.
int runHookSync(const HookCall& call);

/// `netctl hook prune`: detaches the instances whose hypervisor does not know the machine any more.
int runHookPrune(const HookCall& call);

}  // namespace netctl::cli
