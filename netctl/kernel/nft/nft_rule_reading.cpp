#include "netctl/kernel/nft/nft_rule_reading.h"

#include "netctl/kernel/netlink/netlink_attributes.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_tcpudp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace netctl::kernel {
namespace {

constexpr std::uint32_t kProtocolOffset = 9;  // RFC 791, section 3.1
constexpr std::uint32_t kSourceOffset = 12;
constexpr std::uint32_t kDestinationOffset = 16;
constexpr std::size_t kAddressSize = 4;
constexpr std::uint32_t kPortOffset = 2;  // of the destination: RFC 768, RFC 9293
constexpr std::uint32_t kPortSize = 2;
constexpr std::uint8_t kAnyIcmpType = 0xff;  // iptables' own (libxt_icmp)
/// struct ipt_icmp of linux/netfilter_ipv4/ip_tables.h, which does not go with net/if.h.
struct IcmpInfo {
  std::uint8_t type = 0;
  std::array<std::uint8_t, 2> code{};
  std::uint8_t invflags = 0;
};
constexpr std::uint32_t kNew = NF_CT_STATE_BIT(IP_CT_NEW);

std::string_view bytesOfData(const nlattr* data) {
  if (data == nullptr) return {};
  const auto* value = NetlinkAttributes::ofNest(data).get(NFTA_DATA_VALUE);
  if (value == nullptr) return {};
  return {static_cast<const char*>(mnl_attr_get_payload(value)), mnl_attr_get_payload_len(value)};
}

/// The first bytes of an address; those that are not there are 0.
std::uint32_t leadingAddress(std::string_view bytes) {
  std::uint32_t address = 0;
  for (std::size_t i = 0; i < kAddressSize; ++i) {
    address = address << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
  }
  return address;
}

/// Reads the expressions of one rule in their order. A load into a register and what is compared
/// with it make a condition.
class Reading {
 public:
  void take(std::string_view name, const nlattr* data) {
    const auto attributes = data == nullptr ? NetlinkAttributes() : NetlinkAttributes::ofNest(data);
    if (name == "counter" || name == "log") return;
    if (name == "payload") return load(attributes);
    if (name == "meta") return loadMeta(attributes);
    if (name == "ct") return loadConntrack(attributes);
    if (name == "bitwise") return mask(attributes);
    if (name == "cmp") return compare(attributes);
    if (name == "immediate") return decide(attributes);
    if (name == "reject") return decide(NftRule::Verdict::Drop);
    if (name == "notrack") return decide(NftRule::Verdict::Untracked);
    if (name == "redir" || name == "tproxy") return decide(NftRule::Verdict::Diverts);
    if (name == "nat" && number(attributes, NFTA_NAT_TYPE) == NFT_NAT_DNAT) {
      return decide(NftRule::Verdict::Diverts);
    }
    if (name == "lookup") return lookUp(attributes);
    if (name == "match") return match(attributes);
    if (name == "target") {
      const auto target = attributes.text(NFTA_TARGET_NAME);
      if (target == "CT") return decideTracking(attributes);
      const bool diverts = target == "DNAT" || target == "REDIRECT" || target == "TPROXY";
      return decide(target == "REJECT" ? NftRule::Verdict::Drop
                    : diverts          ? NftRule::Verdict::Diverts
                                       : NftRule::Verdict::Other);
    }
    rule_.has_more_conditions = true;
  }

  NftRule done() { return std::move(rule_); }

 private:
  enum class Loaded {
    Unknown,
    Source,
    Destination,
    In,
    Out,
    Family,
    Protocol,
    Port,
    BothPorts,
    IcmpType,
    State,
    Status
  };

  static std::uint32_t number(const NetlinkAttributes& attributes, std::uint16_t type) {
    return ntohl(attributes.value<std::uint32_t>(type).value_or(~0U));
  }

  void load(const NetlinkAttributes& attributes) {
    loaded_ = Loaded::Unknown;
    length_ = number(attributes, NFTA_PAYLOAD_LEN);
    const auto base = number(attributes, NFTA_PAYLOAD_BASE);
    const auto offset = number(attributes, NFTA_PAYLOAD_OFFSET);
    if (base == NFT_PAYLOAD_NETWORK_HEADER && length_ <= kAddressSize) {
      if (offset == kSourceOffset) loaded_ = Loaded::Source;
      if (offset == kDestinationOffset) loaded_ = Loaded::Destination;
      if (offset == kProtocolOffset && length_ == 1) loaded_ = Loaded::Protocol;
    }
    if (base == NFT_PAYLOAD_TRANSPORT_HEADER) {
      if (offset == kPortOffset && length_ == kPortSize) loaded_ = Loaded::Port;
      if (offset == 0 && length_ == 1) loaded_ = Loaded::IcmpType;
      if (offset == 0 && length_ == 2 * kPortSize) loaded_ = Loaded::BothPorts;
    }
    mask_ = length_ >= kAddressSize ? ~0U : length_ == 0 ? 0U : ~0U << (8U * (4U - length_));
  }

  void loadMeta(const NetlinkAttributes& attributes) {
    switch (number(attributes, NFTA_META_KEY)) {
      case NFT_META_IIFNAME:
        loaded_ = Loaded::In;
        break;
      case NFT_META_OIFNAME:
        loaded_ = Loaded::Out;
        break;
      case NFT_META_NFPROTO:
        loaded_ = Loaded::Family;
        break;
      case NFT_META_L4PROTO:
        loaded_ = Loaded::Protocol;
        break;
      default:
        loaded_ = Loaded::Unknown;
    }
  }

  void loadConntrack(const NetlinkAttributes& attributes) {
    const auto key = number(attributes, NFTA_CT_KEY);
    loaded_ = key == NFT_CT_STATE    ? Loaded::State
              : key == NFT_CT_STATUS ? Loaded::Status
                                     : Loaded::Unknown;
    states_ = ~0U;
    if (!attributes.has(NFTA_CT_DREG)) rule_.has_more_conditions = true;
  }

  void mask(const NetlinkAttributes& attributes) {
    if (loaded_ == Loaded::State || loaded_ == Loaded::Status) {
      const auto bits = bytesOfData(attributes.get(NFTA_BITWISE_MASK));
      states_ = 0;
      // Of one register, in the host's order.
      if (bits.size() == sizeof states_) std::memcpy(&states_, bits.data(), sizeof states_);
      return;
    }
    if (loaded_ != Loaded::Source && loaded_ != Loaded::Destination) loaded_ = Loaded::Unknown;
    mask_ &= leadingAddress(bytesOfData(attributes.get(NFTA_BITWISE_MASK)));
  }

  /// One of several values. What has been seen of a flow before is not new, as nearly always where
  /// nothing else is asked for.
  void lookUp(const NetlinkAttributes& attributes) {
    // A map of verdicts may have any.
    if (attributes.has(NFTA_LOOKUP_DREG)) decide(NftRule::Verdict::Accept);
    const bool is_inverted = number(attributes, NFTA_LOOKUP_FLAGS) == NFT_LOOKUP_F_INV;
    const auto set = attributes.text(NFTA_LOOKUP_SET);
    if (loaded_ == Loaded::Protocol && !attributes.has(NFTA_LOOKUP_DREG) && !is_inverted && set &&
        rule_.protocol_set.empty() && rule_.payload.protocols.empty()) {
      rule_.protocol_set = *set;
      return;
    }
    const bool is_state = loaded_ == Loaded::State || loaded_ == Loaded::Status;
    (is_state && rule_.payload == NftPayload{} ? rule_.meets_no_new : rule_.has_more_conditions) =
        true;
    loaded_ = Loaded::Unknown;
  }

  /// `ct state new`: the bits that are left are not 0.
  void compareState(std::uint32_t operation, std::string_view value) {
    const bool is_zero = std::ranges::all_of(value, [](char byte) { return byte == 0; });
    if (operation == NFT_CMP_NEQ && is_zero) {
      const bool may_be_new = loaded_ == Loaded::State && (states_ & kNew) != 0;
      if (!may_be_new) rule_.meets_no_new = true;
    } else {
      rule_.has_more_conditions = true;
    }
    loaded_ = Loaded::Unknown;
  }

  void comparePort(std::uint32_t operation, std::string_view value) {
    if (value.size() != kPortSize) return;
    const auto high = static_cast<unsigned char>(value[0]);
    const auto low = static_cast<unsigned char>(value[1]);
    const auto port = static_cast<std::uint16_t>(high << 8U | low);
    auto& ports = rule_.payload.ports;
    if (operation == NFT_CMP_EQ) {
      ports = {port, port};
    } else if (operation == NFT_CMP_GTE) {
      ports.first = std::max(ports.first, port);
    } else if (operation == NFT_CMP_LTE) {
      ports.last = std::min(ports.last, port);
    } else {
      rule_.has_more_conditions = true;
    }
  }

  /// The structure of a match of iptables; absent where it has another size.
  template <class Info>
  static std::optional<Info> infoOf(const NetlinkAttributes& attributes) {
    const auto* info = attributes.get(NFTA_MATCH_INFO);
    if (info == nullptr || mnl_attr_get_payload_len(info) < sizeof(Info)) return {};
    Info read{};
    std::memcpy(&read, mnl_attr_get_payload(info), sizeof read);
    return read;
  }

  /// Of iptables-nft.
  void match(const NetlinkAttributes& attributes) {
    const auto name = attributes.text(NFTA_MATCH_NAME);
    if (name == "comment") return;
    if (name == "udp") {
      const auto udp = infoOf<xt_udp>(attributes);
      if (udp && udp->invflags == 0 && udp->spts[0] == 0 && udp->spts[1] == 0xffff) {
        rule_.payload.ports = {udp->dpts[0], udp->dpts[1]};
        return;
      }
    } else if (name == "tcp") {
      const auto tcp = infoOf<xt_tcp>(attributes);
      if (tcp && tcp->invflags == 0 && tcp->option == 0 && tcp->flg_mask == 0 &&
          tcp->spts[0] == 0 && tcp->spts[1] == 0xffff) {
        rule_.payload.ports = {tcp->dpts[0], tcp->dpts[1]};
        return;
      }
    } else if (name == "icmp") {
      const auto icmp = infoOf<IcmpInfo>(attributes);
      if (icmp && icmp->invflags == 0) {
        if (icmp->type != kAnyIcmpType) rule_.payload.icmp_type = icmp->type;
        return;
      }
    } else if (name == "conntrack") {
      const auto conntrack = infoOf<xt_conntrack_mtinfo3>(attributes);
      if (conntrack && conntrack->match_flags == XT_CONNTRACK_STATE) {
        const bool has_new = (conntrack->state_mask & XT_CONNTRACK_STATE_BIT(IP_CT_NEW)) != 0;
        const bool inverted = (conntrack->invert_flags & XT_CONNTRACK_STATE) != 0;
        if (has_new == inverted) rule_.meets_no_new = true;
        return;
      }
    }
    rule_.has_more_conditions = true;
  }

  void compare(const NetlinkAttributes& attributes) {
    const auto value = bytesOfData(attributes.get(NFTA_CMP_DATA));
    const auto operation = number(attributes, NFTA_CMP_OP);
    if (loaded_ == Loaded::State || loaded_ == Loaded::Status) {
      return compareState(operation, value);
    }
    // What was loaded is compared twice for a range.
    if (loaded_ == Loaded::Port) return comparePort(operation, value);
    if (loaded_ == Loaded::BothPorts) {
      rule_.has_more_conditions = true;  // that of the source
      if (value.size() == 2 * kPortSize) comparePort(operation, value.substr(kPortSize));
      return;
    }
    const bool equal = operation == NFT_CMP_EQ;
    const bool contiguous = std::countl_one(mask_) == std::popcount(mask_);
    auto& conditions = rule_.conditions;
    const auto prefix = [&] {
      return net::prefixOf({leadingAddress(value)},
                           static_cast<std::uint8_t>(std::popcount(mask_)));
    };
    if (!equal) {
      rule_.has_more_conditions = true;
    } else if (loaded_ == Loaded::Source && contiguous && !conditions.source) {
      conditions.source = prefix();
    } else if (loaded_ == Loaded::Destination && contiguous && !conditions.destination) {
      conditions.destination = prefix();
    } else if (loaded_ == Loaded::In && conditions.in.empty()) {
      conditions.in = interfaceIn(value);
    } else if (loaded_ == Loaded::Out && conditions.out.empty()) {
      conditions.out = interfaceIn(value);
    } else if (loaded_ == Loaded::Protocol && value.size() == 1 &&
               rule_.payload.protocols.empty()) {
      rule_.payload.protocols = {static_cast<std::uint8_t>(value[0])};
    } else if (loaded_ == Loaded::IcmpType &&
               rule_.payload.protocols == std::set<std::uint8_t>{IPPROTO_ICMP}) {
      rule_.payload.icmp_type = static_cast<std::uint8_t>(value[0]);
    } else if (loaded_ != Loaded::Family || value != std::string_view("\x02", 1)) {
      rule_.has_more_conditions = true;
    }
    loaded_ = Loaded::Unknown;
  }

  /// A name that is compared without its end stands for all that begin so.
  static std::string interfaceIn(std::string_view value) {
    const auto end = value.find('\0');
    return end == std::string_view::npos ? std::string(value) + "*"
                                         : std::string(value.substr(0, end));
  }

  void decide(const NetlinkAttributes& attributes) {
    const auto* data = attributes.get(NFTA_IMMEDIATE_DATA);
    const auto* verdict =
        data == nullptr ? nullptr : NetlinkAttributes::ofNest(data).get(NFTA_DATA_VERDICT);
    if (verdict == nullptr) return;  // a value for a register
    const auto parts = NetlinkAttributes::ofNest(verdict);
    rule_.target = parts.text(NFTA_VERDICT_CHAIN).value_or("");
    switch (static_cast<std::int32_t>(number(parts, NFTA_VERDICT_CODE))) {
      case NF_ACCEPT:
        return decide(NftRule::Verdict::Accept);
      case NF_DROP:
        return decide(NftRule::Verdict::Drop);
      case NFT_JUMP:
        return decide(NftRule::Verdict::Jump);
      case NFT_GOTO:
        return decide(NftRule::Verdict::Goto);
      case NFT_RETURN:
        return decide(NftRule::Verdict::Return);
      default:
        return decide(NftRule::Verdict::Other);
    }
  }

  /// iptables' target CT, which has other purposes, too.
  void decideTracking(const NetlinkAttributes& attributes) {
    std::uint16_t flags = 0;  // the first of struct xt_ct_target_info
    const auto* info = attributes.get(NFTA_TARGET_INFO);
    if (info != nullptr && mnl_attr_get_payload_len(info) >= sizeof flags) {
      std::memcpy(&flags, mnl_attr_get_payload(info), sizeof flags);
    }
    decide((flags & XT_CT_NOTRACK) != 0 ? NftRule::Verdict::Untracked : NftRule::Verdict::Other);
  }

  void decide(NftRule::Verdict verdict) { rule_.verdict = verdict; }

  NftRule rule_;
  Loaded loaded_ = Loaded::Unknown;
  std::uint32_t length_ = 0;
  std::uint32_t mask_ = 0;
  std::uint32_t states_ = 0;
};

int takeExpression(const nlattr* element, void* reading) {
  const auto attributes = NetlinkAttributes::ofNest(element);
  static_cast<Reading*>(reading)->take(attributes.text(NFTA_EXPR_NAME).value_or(""),
                                       attributes.get(NFTA_EXPR_DATA));
  return MNL_CB_OK;
}

}  // namespace

NftRule readRule(const nlattr* expressions) {
  Reading reading;
  if (expressions != nullptr) mnl_attr_parse_nested(expressions, &takeExpression, &reading);
  return reading.done();
}

}  // namespace netctl::kernel
