#pragma once

#include "modes/cloud/cloud.h"

namespace netctl::cloud {

/// Checks that what a cloud holds has its place under its settings: tags in use are of NETCTL_TAGS,
/// instances' addresses are where the plan or VNET_MACMAP puts them, public addresses are of the
/// pool (in modes that have none they wait for one that has). An error (Conflict,
/// `InvalidConfiguration`) names every object that has no place, and what to do.
Result<void> checkFit(const Cloud& cloud);

}  // namespace netctl::cloud
