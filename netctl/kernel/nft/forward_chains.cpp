#include "netctl/kernel/nft/forward_chains.h"

#include "netctl/kernel/netlink/mnl_socket.h"
#include "netctl/kernel/nft/base_chains.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netlink.h>

#include <utility>

namespace netctl::kernel {
namespace {

/// Chains that call each other deeper are not followed; the kernel has a limit of 16.
constexpr int kDeepest = 16;

enum class End { Falls, Accepts, Drops };

/// What becomes of a packet that no condition of the chain's rules is known to meet, and what the
/// chain accepts by conditions.
End follow(const NftRules& rules, const std::string& chain, int depth,
           std::vector<NftAccept>& accepts) {
  using Verdict = NftRule::Verdict;
  const auto found = rules.find(chain);
  if (found == rules.end() || depth > kDeepest) return End::Falls;
  for (const auto& rule : found->second) {
    if (rule.asksForMore()) continue;
    const bool calls = rule.verdict == Verdict::Jump || rule.verdict == Verdict::Goto;
    if (!rule.isUnconditional()) {
      std::vector<NftAccept> inner;
      const bool accepted = rule.verdict == Verdict::Accept ||
                            (calls && follow(rules, rule.target, depth + 1, inner) == End::Accepts);
      if (accepted) accepts.push_back(rule.conditions);
      continue;
    }
    if (rule.verdict == Verdict::Accept) return End::Accepts;
    if (rule.verdict == Verdict::Drop) return End::Drops;
    if (rule.verdict == Verdict::Return) return End::Falls;
    if (!calls) continue;
    const auto end = follow(rules, rule.target, depth + 1, accepts);
    if (end != End::Falls || rule.verdict == Verdict::Goto) return end;
  }
  return End::Falls;
}

}  // namespace

Result<std::vector<ForwardChain>> readForwardChains() {
  auto socket = MnlSocket::open(NETLINK_NETFILTER);
  if (!socket) return socket.error();
  auto bases = readBaseChains(*socket, NF_INET_FORWARD);
  if (!bases) return bases.error();
  std::vector<ForwardChain> chains;
  for (auto& base : *bases) {
    const auto rules = readRulesBeside(*socket, base);
    if (!rules) return rules.error();
    ForwardChain chain{std::move(base.family), std::move(base.table), std::move(base.name)};
    const auto end = follow(*rules, chain.name, 0, chain.accepts);
    chain.drops_rest = end == End::Drops || (end == End::Falls && base.policy_drops);
    chains.push_back(std::move(chain));
  }
  return chains;
}

}  // namespace netctl::kernel
