#pragma once

#include "base/result.h"
#include "netctl/kernel/nft/nft_rule.h"

#include <string>
#include <vector>

namespace netctl::kernel {

/// Somebody else's base chain of nft that decides about what is forwarded or bridged.
struct ForwardChain {
  std::string family;  ///< `ip`, `inet` or `bridge`
  std::string table;
  std::string name;
  /// By its policy, or by a rule without any condition, what is not in `accepts`.
  bool drops_rest = false;
  /// As far as its rules can be read here: those with other conditions are left out.
  std::vector<NftAccept> accepts = {};
};

/// Those of all tables but ours, in the network namespace of the calling thread.
Result<std::vector<ForwardChain>> readForwardChains();

}  // namespace netctl::kernel
