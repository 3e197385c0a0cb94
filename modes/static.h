#pragma once

#include "modes/cloud/settings.h"
#include "modes/host_facts.h"
#include "modes/render/renderer.h"

namespace netctl {

/// STATIC: VNET_MACMAP gives MACs and addresses, and the site routes. The cluster host is the
/// instances' DHCP server and nothing else; a node host's instances are ports of VNET_BRIDGE.
render::Renderers staticMode(const cloud::Settings& settings, const HostFacts& facts);

}  // namespace netctl
