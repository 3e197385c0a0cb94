#pragma once

#include "modes/cloud/cloud.h"
#include "modes/firewall/before.h"
#include "modes/firewall/wiring.h"
#include "modes/host/host_state.h"

namespace netctl::firewall {

/// Adds our chains of the nat and mangle tables and the jumps to them.
///
/// Who asks an elastic address is led to its instance (NC_D). What instances send out bears their
/// elastic address (NC_S), else the host's own. An instance that asks an elastic address is seen by
/// its own, else as the gateway of the instance that it asks, so that the answer comes back here.
void addNat(const cloud::Cloud& cloud, const Wiring& wiring, host::HostState& state);

/// Adds both tries where the changes moved a public address.
void addTouchedNat(const cloud::Cloud& cloud, const cloud::Changes& changes, const Before& before,
                   host::Rendering& rendering);

}  // namespace netctl::firewall
