#pragma once

#include "modes/render/renderer.h"

namespace netctl {

/// Adds the ports of the instances that run on this host, in every mode.
void addInstancePorts(render::Renderers& renderers);

}  // namespace netctl
