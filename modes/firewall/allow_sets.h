#pragma once

#include "modes/render/renderer.h"

namespace netctl::firewall {

/// Adds nc_open and nc_allow: which ports of which instances are open to everybody, or to the
/// addresses of a prefix; nc_out_open and nc_out_allow: what instances may send to whom. The cost
/// of a change follows it: a permission looks at the members of its group, an instance at the
/// permissions of its groups.
void addAllowSets(render::Renderers& renderers);

}  // namespace netctl::firewall
