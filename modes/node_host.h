#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/host_state.h"

#include <string>

/// What every mode puts on a node host: its instances' ports.
namespace netctl {

/// Whether this host is the instance's node.
bool isHere(const cloud::Settings& settings, const cloud::Instance& instance);

/// On its node: the bridge that the instance's device is a port of.
std::string bridgeOf(const cloud::Settings& settings, const cloud::Instance& instance);

void addPorts(const cloud::Cloud& cloud, host::HostState& state);
/// Adds the ports that the changes may have touched, to the scope and, where they are to be now, to
/// the desired state.
void addTouchedPorts(const cloud::Cloud& cloud, const cloud::Changes& changes,
                     host::Rendering& rendering);

}  // namespace netctl
