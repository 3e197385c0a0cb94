#include "netctl/kernel/nft/base_chains.h"

#include "modes/host/names.h"
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
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace netctl::kernel {
namespace {

std::uint8_t familyOf(const nlmsghdr& message) {
  return static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(&message))->nfgen_family;
}

std::string_view familyName(std::uint8_t family) {
  return family == NFPROTO_BRIDGE ? "bridge" : family == NFPROTO_INET ? "inet" : "ip";
}

std::uint8_t familyNumber(std::string_view family) {
  return family == "bridge" ? NFPROTO_BRIDGE : family == "inet" ? NFPROTO_INET : NFPROTO_IPV4;
}

/// Absent where it is ours, or decides about something else.
std::optional<BaseChain> baseChain(const nlmsghdr& message, std::uint32_t hook,
                                   std::string_view type) {
  const auto family = familyOf(message);
  if (family != NFPROTO_IPV4 && family != NFPROTO_INET && family != NFPROTO_BRIDGE) return {};
  const auto chain = NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg));
  if (!chain.has(NFTA_CHAIN_HOOK) || chain.text(NFTA_CHAIN_TYPE) != type) return {};
  const auto at = NetlinkAttributes::ofNest(chain.get(NFTA_CHAIN_HOOK));
  // The same number in all three families (NF_BR_FORWARD of linux/netfilter_bridge.h).
  if (ntohl(at.value<std::uint32_t>(NFTA_HOOK_HOOKNUM).value_or(0)) != hook) return {};
  auto table = chain.text(NFTA_CHAIN_TABLE).value_or("");
  if (table == host::kNatTable && family != NFPROTO_INET) return {};
  const auto policy = ntohl(chain.value<std::uint32_t>(NFTA_CHAIN_POLICY).value_or(htonl(1)));
  return BaseChain{
      std::string(familyName(family)), std::move(table), chain.text(NFTA_CHAIN_NAME).value_or(""),
      policy == NF_DROP,
      static_cast<int>(ntohl(at.value<std::uint32_t>(NFTA_HOOK_PRIORITY).value_or(0)))};
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

int takeProtocol(const nlattr* element, void* protocols) {
  const auto* key = NetlinkAttributes::ofNest(element).get(NFTA_SET_ELEM_KEY);
  const auto value = key == nullptr
                         ? std::nullopt
                         : NetlinkAttributes::ofNest(key).value<std::uint8_t>(NFTA_DATA_VALUE);
  if (value) static_cast<std::set<std::uint8_t>*>(protocols)->insert(*value);
  return MNL_CB_OK;
}

/// The protocols that are in a set of the chain's table.
Result<std::set<std::uint8_t>> readProtocols(MnlSocket& socket, const BaseChain& chain,
                                             const std::string& set) {
  std::set<std::uint8_t> protocols;
  const auto read = dump(
      socket, familyNumber(chain.family), NFT_MSG_GETSETELEM,
      [&](nlmsghdr* message) {
        mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, chain.table.c_str());
        mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set.c_str());
      },
      [&](const nlmsghdr& part) {
        const auto list = NetlinkAttributes::ofMessage(part, sizeof(nfgenmsg));
        const auto* elements = list.get(NFTA_SET_ELEM_LIST_ELEMENTS);
        if (elements != nullptr) mnl_attr_parse_nested(elements, &takeProtocol, &protocols);
      });
  if (!read) return read.error();
  return protocols;
}

}  // namespace

Result<std::vector<BaseChain>> readBaseChains(MnlSocket& socket, std::uint32_t hook,
                                              std::string_view type) {
  std::vector<BaseChain> chains;
  const auto read = dump(
      socket, NFPROTO_UNSPEC, NFT_MSG_GETCHAIN, [](nlmsghdr*) {},
      [&](const nlmsghdr& part) {
        if (auto chain = baseChain(part, hook, type)) chains.push_back(*std::move(chain));
      });
  if (!read) return read.error();
  return chains;
}

Result<NftRules> readRulesBeside(MnlSocket& socket, const BaseChain& chain) {
  NftRules rules;
  const auto read = dump(
      socket, familyNumber(chain.family), NFT_MSG_GETRULE,
      [&](nlmsghdr* message) { mnl_attr_put_strz(message, NFTA_RULE_TABLE, chain.table.c_str()); },
      [&](const nlmsghdr& part) {
        const auto rule = NetlinkAttributes::ofMessage(part, sizeof(nfgenmsg));
        if (rule.text(NFTA_RULE_TABLE) != chain.table) return;
        rules[rule.text(NFTA_RULE_CHAIN).value_or("")].push_back(
            readRule(rule.get(NFTA_RULE_EXPRESSIONS)));
      });
  if (!read) return read.error();
  // Not while they are being dumped.
  for (auto& [name, all] : rules) {
    for (auto& rule : all) {
      if (rule.protocol_set.empty()) continue;
      auto protocols = readProtocols(socket, chain, rule.protocol_set);
      if (!protocols) return protocols.error();
      if (protocols->empty()) continue;
      rule.payload.protocols = *std::move(protocols);
      rule.protocol_set.clear();
    }
  }
  return rules;
}

}  // namespace netctl::kernel
