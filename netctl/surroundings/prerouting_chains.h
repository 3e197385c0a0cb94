#pragma once

#include "netctl/surroundings/surroundings.h"

#include <vector>

namespace netctl::surroundings {

/// Those of nft, and of iptables' tables raw, mangle and nat, in the network namespace of the
/// calling thread; what cannot be read is left out.
std::vector<PreroutingChain> readPreroutingChains();

}  // namespace netctl::surroundings
