#pragma once

#include "modes/cloud/settings.h"
#include "modes/host_facts.h"
#include "modes/render/renderer.h"

namespace netctl {

/// SYSTEM: the site gives addresses and routes. Nothing on the cluster host; a node host's
/// instances are ports of VNET_BRIDGE, and what is learned of their addresses goes into their
/// guards.
render::Renderers systemMode(const cloud::Settings& settings, const HostFacts& facts);

}  // namespace netctl
