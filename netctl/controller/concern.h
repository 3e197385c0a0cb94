#pragma once

#include "modes/host/host_state.h"

namespace netctl::controller {

/// The part of this host that an answer speaks of. The change that was asked for is in force when
/// nothing is outstanding in either.
struct Concern {
  host::Scope change;  ///< what the command touched
  /// What the things that it touched rely on, and the command did not touch: an instance gets no
  /// address without the DHCP server, and no rule counts without the jump to its chain.
  host::Scope needs;
};

/// What `part`, a part of the desired state, relies on. `fixed` is the desired state of a cloud
/// without objects: what stands on the host whatever the cloud holds. What only goes relies on
/// nothing.
host::Scope needsOf(const host::HostState& part, const host::HostState& fixed);

}  // namespace netctl::controller
