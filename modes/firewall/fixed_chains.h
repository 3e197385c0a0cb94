#pragma once

#include "modes/cloud/settings.h"
#include "modes/firewall/instance_interface.h"
#include "modes/host/host_state.h"

namespace netctl::firewall {

/// Adds the chains of the filter table that do not depend on what was asked for, and the jumps.
void addFixedFilter(const cloud::Settings& settings, const Wiring& wiring, host::HostState& state);

}  // namespace netctl::firewall
