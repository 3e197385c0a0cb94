#pragma once

#include "modes/cloud/cloud.h"
#include "modes/firewall/former_cloud.h"
#include "modes/firewall/instance_interface.h"
#include "modes/host/host_state.h"

namespace netctl::firewall {

/// Adds the sets that our rules name, with all their members.
void addSets(const cloud::Cloud& cloud, const Wiring& wiring, host::HostState& state);

/// Adds the sets and members that the changes may have touched, to the scope and, where they exist
/// now, to the desired state. The cost follows the change: a permission looks at the members of its
/// group, an instance at the permissions of its groups.
void addTouchedSets(const cloud::Cloud& cloud, const cloud::Changes& changes, const Before& before,
                    const Wiring& wiring, host::Rendering& rendering);

}  // namespace netctl::firewall
