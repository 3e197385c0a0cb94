#pragma once

#include "modes/render/renderer.h"

namespace netctl::firewall {

/// Adds the sets that rules name as the sources of permissions, as long as some permission has that
/// source: nc_m_... of a group's instances, and nc_c_... of the instances that ask from within a
/// prefix by way of their public address.
void addPermissionSourceSets(render::Renderers& renderers);

}  // namespace netctl::firewall
