#include "netctl/surroundings/prerouting_chains.h"

#include "modes/host/names.h"
#include "netctl/kernel/netlink/mnl_socket.h"
#include "netctl/kernel/nft/base_chains.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netlink.h>

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace netctl::surroundings {
namespace {

using kernel::NftRule;
using kernel::RuleHead;
using kernel::TableDump;

void addPreroutingOfNft(std::vector<PreroutingChain>& found) {
  auto socket = kernel::MnlSocket::open(NETLINK_NETFILTER);
  if (!socket) return;
  for (const auto* type : {"filter", "nat"}) {
    const auto bases = kernel::readBaseChains(*socket, NF_INET_PRE_ROUTING, type);
    if (!bases) continue;
    for (const auto& base : *bases) {
      if (base.family == "bridge") continue;
      auto rules = kernel::readRulesBeside(*socket, base);
      if (!rules) continue;
      found.push_back({fmt::format("nft chain {} {} {}", base.family, base.table, base.name),
                       base.name, base.policy_drops, base.priority, *std::move(rules)});
    }
  }
}

NftRule::Verdict verdictOf(const RuleHead& head, const TableDump& table) {
  using Verdict = NftRule::Verdict;
  const auto& verdict = head.verdict;
  // Ours decide about what is ours.
  if (verdict.empty() || verdict.starts_with(host::kChainPrefix)) return Verdict::None;
  if (verdict == "ACCEPT") return Verdict::Accept;
  if (verdict == "DROP") return Verdict::Drop;
  if (verdict == "RETURN") return Verdict::Return;
  if (verdict == "DNAT" || verdict == "REDIRECT" || verdict == "TPROXY") return Verdict::Diverts;
  return table.has(verdict) ? Verdict::Jump : Verdict::Other;
}

NftRule ruleOf(const RuleHead& head, const TableDump& table) {
  const auto unlessAny = [](const net::Ipv4Prefix& prefix) {
    return prefix.length == 0 ? std::nullopt : std::optional(prefix);
  };
  NftRule rule{.conditions = {.source = unlessAny(head.source),
                              .destination = unlessAny(head.destination),
                              .in = head.in,
                              .out = head.out},
               .payload = {.ports = {head.from_port, head.to_port}},
               .has_more_conditions = head.asks_for_more,
               .verdict = verdictOf(head, table),
               .target = head.verdict};
  if (head.protocol != 0) rule.payload.protocols = {head.protocol};
  return rule;
}

/// Its policies are accept: else the host itself would be cut off.
void addPreroutingOfIptables(std::vector<PreroutingChain>& found) {
  constexpr std::array<std::pair<const char*, int>, 3> kTablesOfHook{{
      {"raw", NF_IP_PRI_RAW},
      {"mangle", NF_IP_PRI_MANGLE},
      {"nat", NF_IP_PRI_NAT_DST},
  }};
  const std::string hook = "PREROUTING";
  for (const auto& [name, priority] : kTablesOfHook) {
    const auto table = TableDump::readForeign(name);
    if (!table || !*table) continue;
    kernel::NftRules rules;
    for (const auto& chain : (*table)->chains()) {
      for (const auto& head : (*table)->heads(chain)) {
        rules[chain].push_back(ruleOf(head, **table));
      }
    }
    found.push_back({fmt::format("iptables chain {} of {}", hook, name), hook, false, priority,
                     std::move(rules)});
  }
}

}  // namespace

std::vector<PreroutingChain> readPreroutingChains() {
  std::vector<PreroutingChain> found;
  addPreroutingOfNft(found);
  addPreroutingOfIptables(found);
  return found;
}

}  // namespace netctl::surroundings
