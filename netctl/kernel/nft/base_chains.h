#pragma once

#include "base/result.h"
#include "netctl/kernel/netlink/mnl_socket.h"
#include "netctl/kernel/nft/nft_rule.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::kernel {

/// Somebody else's base chain of nft.
struct BaseChain {
  std::string family;  ///< `ip`, `inet` or `bridge`
  std::string table;
  std::string name;
  bool policy_drops = false;
  int priority = 0;
};

/// Those of a hook (NF_INET_FORWARD, ...) in all tables but ours, of one type: `filter` or `nat`.
Result<std::vector<BaseChain>> readBaseChains(MnlSocket& socket, std::uint32_t hook,
                                              std::string_view type = "filter");
/// The rules of the chain's table.
Result<NftRules> readRulesBeside(MnlSocket& socket, const BaseChain& chain);

}  // namespace netctl::kernel
