#include "netctl/surroundings/untracking_rules.h"

#include "netctl/kernel/iptables/table_dump.h"
#include "netctl/kernel/netlink/mnl_socket.h"
#include "netctl/kernel/nft/base_chains.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>

#include <set>
#include <string>
#include <utility>

namespace netctl::surroundings {
namespace {

void addOfIptables(std::vector<UntrackingRule>& found) {
  const auto raw = kernel::TableDump::readForeign("raw");
  if (!raw || !*raw) return;
  for (const auto& chain : (*raw)->chains()) {
    // What the host itself sends is not the instances'.
    if (chain == "OUTPUT") continue;
    for (const auto& rule : (*raw)->heads(chain)) {
      if (rule.verdict != "NOTRACK") continue;
      found.push_back(
          {fmt::format("iptables chain {} of raw", chain), rule.source, rule.destination, rule.in});
    }
  }
}

void addOfNft(std::vector<UntrackingRule>& found) {
  auto socket = kernel::MnlSocket::open(NETLINK_NETFILTER);
  if (!socket) return;
  const auto bases = kernel::readBaseChains(*socket, NF_INET_PRE_ROUTING);
  if (!bases) return;
  std::set<std::pair<std::string, std::string>> tables;
  for (const auto& base : *bases) {
    if (base.family == "bridge" || !tables.insert({base.family, base.table}).second) continue;
    const auto rules = kernel::readRulesBeside(*socket, base);
    if (!rules) continue;
    for (const auto& [chain, all] : *rules) {
      if (base.table == "raw" && chain == "OUTPUT") continue;  // of iptables-nft
      for (const auto& rule : all) {
        if (rule.verdict != kernel::NftRule::Verdict::Untracked) continue;
        const auto& conditions = rule.conditions;
        found.push_back({fmt::format("nft chain {} {} {}", base.family, base.table, chain),
                         conditions.source.value_or(net::Ipv4Prefix{}),
                         conditions.destination.value_or(net::Ipv4Prefix{}), conditions.in});
      }
    }
  }
}

}  // namespace

std::vector<UntrackingRule> readUntrackingRules() {
  std::vector<UntrackingRule> found;
  addOfIptables(found);
  addOfNft(found);
  return found;
}

}  // namespace netctl::surroundings
