#pragma once

#include "modes/host/kind_table.h"
#include "modes/host/plan.h"

namespace netctl::host {

/// For the files of this folder that compile what is done with all kinds alike.
using Kinds = KindTable<HostState, Scope, Step, HostKinds>;

}  // namespace netctl::host
