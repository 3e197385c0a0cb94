#include "netctl/kernel/nft/dhcp_checksums.h"

#include "netctl/kernel/netlink/netlink_attributes.h"
#include "netctl/kernel/nft/nft_message.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_CHECKSUM.h>

#include <net/if.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

namespace netctl::kernel {
namespace {

/// As iptables-nft has them: it takes a table of this name for its own.
constexpr std::string_view kTable = "mangle";
constexpr std::string_view kChain = "OUTPUT";
constexpr std::int32_t kPriority = -150;  ///< NF_IP_PRI_MANGLE (linux/netfilter_ipv4.h)
constexpr std::uint16_t kServerPort = 67;
/// Our rules' comments begin with the first, and those as this version writes them with the second.
constexpr std::string_view kOurs = "netctl ";
constexpr std::string_view kComment = "netctl 1 ";

/// The attributes of nft's message, which is about our table.
class Message {
 public:
  Message(MnlBatch& batch, std::uint16_t type, std::uint16_t flags = 0)
      : batch_(batch), message_(beginNft(batch, NFPROTO_IPV4, type, flags)) {}
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() { batch_.end(); }

  Message& text(std::uint16_t type, std::string_view text) {
    mnl_attr_put_strz(message_, type, std::string(text).c_str());
    return *this;
  }
  Message& number(std::uint16_t type, std::uint32_t number) {
    mnl_attr_put_u32(message_, type, htonl(number));
    return *this;
  }
  Message& bytes(std::uint16_t type, std::string_view bytes) {
    mnl_attr_put(message_, type, bytes.size(), bytes.data());
    return *this;
  }
  template <class Fill>
  Message& nest(std::uint16_t type, const Fill& fill) {
    auto* nest = mnl_attr_nest_start(message_, type);
    fill();
    mnl_attr_nest_end(message_, nest);
    return *this;
  }
  template <class Fill>
  Message& expression(std::string_view name, const Fill& fill) {
    return nest(NFTA_LIST_ELEM, [&] {
      text(NFTA_EXPR_NAME, name);
      nest(NFTA_EXPR_DATA, fill);
    });
  }
  Message& loadMeta(std::uint32_t key) {
    return expression("meta", [&] {
      number(NFTA_META_KEY, key);
      number(NFTA_META_DREG, NFT_REG_1);
    });
  }
  /// Goes on where the register begins with these bytes.
  Message& compare(std::string_view value) {
    return expression("cmp", [&] {
      number(NFTA_CMP_SREG, NFT_REG_1);
      number(NFTA_CMP_OP, NFT_CMP_EQ);
      nest(NFTA_CMP_DATA, [&] { bytes(NFTA_DATA_VALUE, value); });
    });
  }

 private:
  MnlBatch& batch_;
  nlmsghdr* message_;
};

template <class T>
std::string_view bytesOf(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// What a device's name, padded with NUL, begins with.
std::string nameBytes(std::string_view pattern) {
  if (pattern.ends_with('+')) return std::string(pattern.substr(0, pattern.size() - 1));
  std::string name(pattern);
  name.resize(IFNAMSIZ);
  return name;
}

void addRule(MnlBatch& batch, const std::string& out) {
  const std::uint8_t protocol = IPPROTO_UDP;
  const std::uint16_t port = htons(kServerPort);
  // xt pads what a target has to this.
  alignas(std::uint64_t) std::array<char, sizeof(std::uint64_t)> target{};
  const xt_CHECKSUM_info info{XT_CHECKSUM_OP_FILL};
  std::memcpy(target.data(), &info, sizeof info);

  // Ahead of all others in there.
  Message rule(batch, NFT_MSG_NEWRULE, NLM_F_CREATE);
  rule.text(NFTA_RULE_TABLE, kTable).text(NFTA_RULE_CHAIN, kChain);
  rule.bytes(NFTA_RULE_USERDATA, userData(std::string(kComment) + out));
  rule.nest(NFTA_RULE_EXPRESSIONS, [&] {
    rule.loadMeta(NFT_META_L4PROTO).compare(bytesOf(protocol));
    rule.expression("payload", [&] {
      rule.number(NFTA_PAYLOAD_DREG, NFT_REG_1);
      rule.number(NFTA_PAYLOAD_BASE, NFT_PAYLOAD_TRANSPORT_HEADER);
      rule.number(NFTA_PAYLOAD_OFFSET, 0);
      rule.number(NFTA_PAYLOAD_LEN, sizeof port);
    });
    rule.compare(bytesOf(port));
    rule.loadMeta(NFT_META_OIFNAME).compare(nameBytes(out));
    rule.expression("target", [&] {
      rule.text(NFTA_TARGET_NAME, "CHECKSUM").number(NFTA_TARGET_REV, 0);
      rule.bytes(NFTA_TARGET_INFO, {target.data(), target.size()});
    });
  });
}

/// No matter whether they are there already.
void addTableAndChain(MnlBatch& batch) {
  Message(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE).text(NFTA_TABLE_NAME, kTable);
  Message chain(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  chain.text(NFTA_CHAIN_TABLE, kTable).text(NFTA_CHAIN_NAME, kChain);
  chain.nest(NFTA_CHAIN_HOOK, [&] {
    chain.number(NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
    chain.number(NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(kPriority));
  });
  chain.text(NFTA_CHAIN_TYPE, "route");
}

}  // namespace

Result<DhcpChecksums> DhcpChecksums::open(Result<MnlSocket> socket) {
  if (!socket) return socket.error();
  auto reader = NftReader::open(NFPROTO_IPV4, kTable, *socket);
  if (!reader) return reader.error();
  return DhcpChecksums(std::move(*reader), std::move(*socket));
}

Result<std::vector<NftReader::Rule>> DhcpChecksums::ourRules() {
  auto rules = reader_.rules(kChain);
  if (!rules) return rules;
  std::erase_if(*rules, [](const auto& rule) { return !rule.comment.starts_with(kOurs); });
  return rules;
}

Result<void> DhcpChecksums::look(const host::Scope& scope, host::HostState& into) {
  if (!scope.everything && !scope.dhcp_checksums) return {};
  const auto rules = ourRules();
  if (!rules) return rules.error();
  if (rules->empty()) return {};
  const auto& comment = rules->front().comment;
  auto& out = into.dhcp_checksums.emplace();
  if (rules->size() == 1 && comment.starts_with(kComment)) {
    out.name = comment.substr(kComment.size());
  } else {
    into.foreign.dhcp_checksums = true;
  }
  return {};
}

Result<void> DhcpChecksums::transact(MnlBatch& batch, std::string_view what, int passed_over) {
  const auto refusals = socket_.transact(batch, NFNL_SUBSYS_NFTABLES);
  if (!refusals) return refusals.error();
  if (refusals->empty() || refusals->front().number == passed_over) return {};
  return Error{
      ErrorCode::Kernel, "",
      fmt::format("cannot {} nft's table ip {}: {}", what, kTable, describe(refusals->front()))};
}

Result<void> DhcpChecksums::apply(const host::SetDhcpChecksums& step) {
  const auto former = ourRules();
  if (!former) return former.error();
  MnlBatch batch;
  if (step.out) addTableAndChain(batch);
  for (const auto& rule : *former) {
    Message(batch, NFT_MSG_DELRULE)
        .text(NFTA_RULE_TABLE, kTable)
        .text(NFTA_RULE_CHAIN, kChain)
        .bytes(NFTA_RULE_HANDLE, bytesOf(rule.handle));
  }
  if (step.out) addRule(batch, step.out->name);
  if (batch.empty()) return {};
  auto done = transact(batch, "write");
  if (done) return step.out ? done : removeEmpty();
  auto error = done.error();
  if (step.out) error.message += "; it takes the kernel modules nft_compat and xt_CHECKSUM";
  return error;
}

Result<void> DhcpChecksums::removeEmpty() {
  MnlBatch batch;
  Message(batch, NFT_MSG_GETCHAIN).text(NFTA_CHAIN_TABLE, kTable).text(NFTA_CHAIN_NAME, kChain);
  bool accepts = false;
  const auto looked = socket_.send(batch, [&](const nlmsghdr& message) -> Result<void> {
    const auto chain = NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg));
    accepts = chain.value<std::uint32_t>(NFTA_CHAIN_POLICY) == htonl(NF_ACCEPT);
    return {};
  });
  if (!looked) return looked.error();
  if (!accepts) return {};
  // NLM_F_NONREC: not where others have something in there.
  batch.clear();
  Message(batch, NFT_MSG_DELCHAIN, NLM_F_NONREC)
      .text(NFTA_CHAIN_TABLE, kTable)
      .text(NFTA_CHAIN_NAME, kChain);
  if (auto done = transact(batch, "delete a chain of", EBUSY); !done) return done;
  batch.clear();
  Message(batch, NFT_MSG_DELTABLE, NLM_F_NONREC).text(NFTA_TABLE_NAME, kTable);
  return transact(batch, "delete", EBUSY);
}

}  // namespace netctl::kernel
