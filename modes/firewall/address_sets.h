#pragma once

#include "modes/cloud/settings.h"
#include "modes/firewall/instance_interface.h"
#include "modes/render/renderer.h"

namespace netctl::firewall {

/// Adds the sets that tell addresses apart, whatever is permitted: the public pool, what instances
/// never reach, what they reach without NAT, all instances, and the networks by interface.
void addAddressSets(const cloud::Settings& settings, const InstanceInterface& interface,
                    render::Renderers& renderers);

}  // namespace netctl::firewall
