#pragma once

#include "modes/host/host_state.h"

#include <string>

namespace netctl::testing {

/// A host state as text for reviewers: addresses, sets, jumps and chains, DHCP, ports. What is the
/// same in `known` is left out.
std::string toText(const host::HostState& state, const host::HostState& known = {});

}  // namespace netctl::testing
