#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/host_state.h"

#include <optional>

/// The guards of a node host's instance ports (host::Guards), for every mode.
namespace netctl {

/// Absent on a host that is no node.
std::optional<host::GuardRules> guardRules(const cloud::Settings& settings);

/// Guards stand from attach on: by device, or by MAC as long as no device is known. Where networks
/// are parted, all instances of the cloud are members of theirs: on a node, whose cloud is its part
/// only, those of the networks that it has instances in; where the gateway is, all there are.
void addGuards(const cloud::Cloud& cloud, host::HostState& state);
/// Adds the guards that the changes may have touched, to the scope and, where they are to be now,
/// to the desired state.
void addTouchedGuards(const cloud::Cloud& cloud, const cloud::Changes& changes,
                      host::Rendering& rendering);

}  // namespace netctl
