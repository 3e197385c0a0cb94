#pragma once

#include "modes/host/host_state.h"

#include <string>

namespace netctl::daemon {

/// In words what a host holds of a cloud, as "3 ports, 14 chains"; empty where it holds nothing.
std::string heldObjects(const host::HostState& state);

}  // namespace netctl::daemon
