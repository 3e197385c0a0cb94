#pragma once

#include "netctl/config/host_check.h"
#include "netctl/kernel/links/link.h"

namespace netctl::surroundings {

/// What the checks of a configuration must know of this host, in the network namespace of the
/// calling thread.
Result<config::HostNetwork> readHostNetwork();
/// As above, with the devices as they were just read.
Result<config::HostNetwork> readHostNetwork(const kernel::LinksByIndex& devices);

}  // namespace netctl::surroundings
