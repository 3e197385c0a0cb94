#pragma once

#include "base/result.h"
#include "netctl/kernel/nft/nft_rule.h"

#include <string>
#include <vector>

namespace netctl::kernel {

/// Somebody else's base chain of nft that decides about what comes to this host.
struct InputChain {
  std::string family;  ///< `ip` or `inet`
  std::string table;
  std::string name;
  bool policy_drops = false;
  NftRules rules = {};  ///< of its table
};

/// Those of all tables but ours, in the network namespace of the calling thread.
Result<std::vector<InputChain>> readInputChains();

}  // namespace netctl::kernel
