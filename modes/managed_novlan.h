#pragma once

#include "modes/cloud/settings.h"
#include "modes/host_facts.h"
#include "modes/render/renderer.h"

namespace netctl {

/// MANAGED-NOVLAN: every group has a network of its own, and all networks share one wire. Gateway
/// addresses stand on the cluster host's private interface; a node host's instances are ports of
/// VNET_BRIDGE.
render::Renderers managedNoVlanMode(const cloud::Settings& settings, const HostFacts& facts);

}  // namespace netctl
