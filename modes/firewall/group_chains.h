#pragma once

#include "modes/render/renderer.h"

namespace netctl::firewall {

/// Adds the chains of the filter table that follow what is permitted: one for each group with
/// permissions that no set can hold, and the trie NC_W, whose leaves are the networks and instances
/// that have such groups. Where sets hold all that a change is about, it touches no chain.
void addGroupChains(render::Renderers& renderers);

}  // namespace netctl::firewall
