#pragma once

#include "base/result.h"
#include "netctl/kernel/netlink/mnl_socket.h"
#include "netctl/kernel/nft/nft_rule.h"

#include <cstdint>
#include <string>
#include <vector>

namespace netctl::kernel {

/// Somebody else's base chain of nft that filters packets.
struct BaseChain {
  std::string family;  ///< `ip`, `inet` or `bridge`
  std::string table;
  std::string name;
  bool policy_drops = false;
};

/// Those of a hook (NF_INET_FORWARD, ...) in all tables but ours.
Result<std::vector<BaseChain>> readBaseChains(MnlSocket& socket, std::uint32_t hook);
/// The rules of the chain's table.
Result<NftRules> readRulesBeside(MnlSocket& socket, const BaseChain& chain);

}  // namespace netctl::kernel
