#pragma once

#include "modes/render/renderer.h"

namespace netctl::firewall {

/// Adds the renderers of the two sets that each prefix list has which a permission names: its
/// prefixes, and the private addresses of the instances whose public address it has. Rules name the
/// sets alone, so that a change of a list is a change of members.
void addPrefixListSets(render::Renderers& renderers);

}  // namespace netctl::firewall
