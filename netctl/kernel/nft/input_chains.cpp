#include "netctl/kernel/nft/input_chains.h"

#include "netctl/kernel/netlink/mnl_socket.h"
#include "netctl/kernel/nft/base_chains.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netlink.h>

#include <utility>

namespace netctl::kernel {

Result<std::vector<InputChain>> readInputChains() {
  auto socket = MnlSocket::open(NETLINK_NETFILTER);
  if (!socket) return socket.error();
  auto bases = readBaseChains(*socket, NF_INET_LOCAL_IN);
  if (!bases) return bases.error();
  std::vector<InputChain> chains;
  for (auto& base : *bases) {
    if (base.family == "bridge") continue;
    auto rules = readRulesBeside(*socket, base);
    if (!rules) return rules.error();
    chains.push_back({std::move(base.family), std::move(base.table), std::move(base.name),
                      base.policy_drops, *std::move(rules)});
  }
  return chains;
}

}  // namespace netctl::kernel
