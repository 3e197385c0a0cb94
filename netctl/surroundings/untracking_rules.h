#pragma once

#include "netctl/surroundings/surroundings.h"

#include <vector>

namespace netctl::surroundings {

/// Those of iptables' table raw and of nft's chains at the hook prerouting, in the network
/// namespace of the calling thread; what cannot be read is left out. Where another chain calls
/// theirs on a condition, that is left out, too.
std::vector<UntrackingRule> readUntrackingRules();

}  // namespace netctl::surroundings
