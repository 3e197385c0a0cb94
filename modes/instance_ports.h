#pragma once

#include "modes/host_facts.h"
#include "modes/render/renderer.h"

namespace netctl {

/// Adds the ports of the instances that run on this host, in every mode.
void addInstancePorts(const HostFacts& facts, render::Renderers& renderers);

}  // namespace netctl
