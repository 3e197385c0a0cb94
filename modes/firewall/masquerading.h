#pragma once

#include "modes/cloud/cloud.h"
#include "modes/firewall/instance_interface.h"
#include "modes/host/host_state.h"

namespace netctl::firewall {

/// Adds the translation of public addresses, and our chains of the nat table with the jumps to
/// them.
///
/// Who asks a public address is led to its instance. What instances send out bears their public
/// address, else the host's own. An instance that asks a public address is seen by its own, else as
/// the gateway of the instance that it asks, so that the answer comes back here.
void addNat(const cloud::Cloud& cloud, const Wiring& wiring, host::HostState& state);

/// Adds the translation of the public addresses that the changes are about.
void addTouchedNat(const cloud::Cloud& cloud, const cloud::Changes& changes,
                   host::Rendering& rendering);

}  // namespace netctl::firewall
