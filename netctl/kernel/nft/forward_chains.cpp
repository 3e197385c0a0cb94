#include "netctl/kernel/nft/forward_chains.h"

#include "modes/host/names.h"
#include "netctl/kernel/netlink/answer_limit.h"
#include "netctl/kernel/netlink/mnl_socket.h"
#include "netctl/kernel/netlink/netlink_attributes.h"
#include "netctl/kernel/nft/nft_message.h"
#include "netctl/kernel/nft/nft_rule_reading.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace netctl::kernel {
namespace {

/// Chains that call each other deeper are not followed; the kernel has a limit of 16.
constexpr int kDeepest = 16;

struct BaseChain {
  std::uint8_t family = 0;
  ForwardChain chain;
  bool policy_drops = false;
};

using Rules = std::map<std::string, std::vector<NftRule>>;  ///< by chain

std::uint8_t familyOf(const nlmsghdr& message) {
  return static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(&message))->nfgen_family;
}

std::string_view familyName(std::uint8_t family) {
  return family == NFPROTO_BRIDGE ? "bridge" : family == NFPROTO_INET ? "inet" : "ip";
}

/// Absent where it is ours, or decides about something else.
std::optional<BaseChain> baseChain(const nlmsghdr& message) {
  const auto family = familyOf(message);
  if (family != NFPROTO_IPV4 && family != NFPROTO_INET && family != NFPROTO_BRIDGE) return {};
  const auto chain = NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg));
  if (!chain.has(NFTA_CHAIN_HOOK) || chain.text(NFTA_CHAIN_TYPE) != "filter") return {};
  const auto hook = NetlinkAttributes::ofNest(chain.get(NFTA_CHAIN_HOOK));
  // The same number in all three families (NF_BR_FORWARD of linux/netfilter_bridge.h).
  if (ntohl(hook.value<std::uint32_t>(NFTA_HOOK_HOOKNUM).value_or(0)) != NF_INET_FORWARD) return {};
  auto table = chain.text(NFTA_CHAIN_TABLE).value_or("");
  if (table == host::kNatTable && family != NFPROTO_INET) return {};
  const auto policy = ntohl(chain.value<std::uint32_t>(NFTA_CHAIN_POLICY).value_or(htonl(1)));
  return BaseChain{
      family,
      {std::string(familyName(family)), std::move(table), chain.text(NFTA_CHAIN_NAME).value_or("")},
      policy == NF_DROP};
}

template <class Fill, class Take>
Result<void> dump(MnlSocket& socket, std::uint8_t family, std::uint16_t type, const Fill& fill,
                  const Take& take) {
  MnlBatch batch;
  fill(beginNft(batch, family, type, NLM_F_DUMP));
  batch.end();
  const auto refusal = socket.dump(batch, [&](const nlmsghdr& part) -> Result<void> {
    take(part);
    return {};
  });
  if (!refusal) return refusal.error();
  // It went while it was asked for, or changed; whoever asks looks again anyway.
  if (!*refusal || (*refusal)->number == ENOENT || (*refusal)->number == EINTR) return {};
  return Error{ErrorCode::Kernel, "",
               fmt::format("cannot read the chains of nft: {}", describe(**refusal))};
}

Result<Rules> rulesOf(MnlSocket& socket, const BaseChain& base) {
  Rules rules;
  const auto read = dump(
      socket, base.family, NFT_MSG_GETRULE,
      [&](nlmsghdr* message) {
        mnl_attr_put_strz(message, NFTA_RULE_TABLE, base.chain.table.c_str());
      },
      [&](const nlmsghdr& part) {
        const auto rule = NetlinkAttributes::ofMessage(part, sizeof(nfgenmsg));
        if (rule.text(NFTA_RULE_TABLE) != base.chain.table) return;
        rules[rule.text(NFTA_RULE_CHAIN).value_or("")].push_back(
            readRule(rule.get(NFTA_RULE_EXPRESSIONS)));
      });
  if (!read) return read.error();
  return rules;
}

enum class End { Falls, Accepts, Drops };

/// What becomes of a packet that no condition of the chain's rules is known to meet, and what the
/// chain accepts by conditions.
End follow(const Rules& rules, const std::string& chain, int depth,
           std::vector<NftAccept>& accepts) {
  using Verdict = NftRule::Verdict;
  const auto found = rules.find(chain);
  if (found == rules.end() || depth > kDeepest) return End::Falls;
  for (const auto& rule : found->second) {
    if (rule.has_more_conditions) continue;
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
  std::vector<BaseChain> bases;
  const auto read = dump(
      *socket, NFPROTO_UNSPEC, NFT_MSG_GETCHAIN, [](nlmsghdr*) {},
      [&](const nlmsghdr& part) {
        if (auto base = baseChain(part)) bases.push_back(*std::move(base));
      });
  if (!read) return read.error();
  std::vector<ForwardChain> chains;
  for (auto& base : bases) {
    const auto rules = rulesOf(*socket, base);
    if (!rules) return rules.error();
    const auto end = follow(*rules, base.chain.name, 0, base.chain.accepts);
    base.chain.drops_rest = end == End::Drops || (end == End::Falls && base.policy_drops);
    chains.push_back(std::move(base.chain));
  }
  return chains;
}

}  // namespace netctl::kernel
