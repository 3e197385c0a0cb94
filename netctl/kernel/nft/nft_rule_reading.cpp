#include "netctl/kernel/nft/nft_rule_reading.h"

#include "netctl/kernel/netlink/netlink_attributes.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace netctl::kernel {
namespace {

constexpr std::uint32_t kSourceOffset = 12;  // RFC 791, section 3.1
constexpr std::uint32_t kDestinationOffset = 16;
constexpr std::size_t kAddressSize = 4;

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
    if (name == "bitwise") return mask(attributes);
    if (name == "cmp") return compare(attributes);
    if (name == "immediate") return decide(attributes);
    if (name == "reject") return decide(NftRule::Verdict::Drop);
    if (name == "match" && attributes.text(NFTA_MATCH_NAME) == "comment") return;
    if (name == "target") {
      const auto target = attributes.text(NFTA_TARGET_NAME);
      return decide(target == "REJECT" ? NftRule::Verdict::Drop : NftRule::Verdict::Other);
    }
    rule_.has_more_conditions = true;
  }

  NftRule done() { return std::move(rule_); }

 private:
  enum class Loaded { Unknown, Source, Destination, In, Out, Family };

  static std::uint32_t number(const NetlinkAttributes& attributes, std::uint16_t type) {
    return ntohl(attributes.value<std::uint32_t>(type).value_or(~0U));
  }

  void load(const NetlinkAttributes& attributes) {
    loaded_ = Loaded::Unknown;
    length_ = number(attributes, NFTA_PAYLOAD_LEN);
    if (number(attributes, NFTA_PAYLOAD_BASE) == NFT_PAYLOAD_NETWORK_HEADER &&
        length_ <= kAddressSize) {
      const auto offset = number(attributes, NFTA_PAYLOAD_OFFSET);
      if (offset == kSourceOffset) loaded_ = Loaded::Source;
      if (offset == kDestinationOffset) loaded_ = Loaded::Destination;
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
      default:
        loaded_ = Loaded::Unknown;
    }
  }

  void mask(const NetlinkAttributes& attributes) {
    if (loaded_ != Loaded::Source && loaded_ != Loaded::Destination) loaded_ = Loaded::Unknown;
    mask_ &= leadingAddress(bytesOfData(attributes.get(NFTA_BITWISE_MASK)));
  }

  void compare(const NetlinkAttributes& attributes) {
    const auto value = bytesOfData(attributes.get(NFTA_CMP_DATA));
    const bool equal = number(attributes, NFTA_CMP_OP) == NFT_CMP_EQ;
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

  void decide(NftRule::Verdict verdict) { rule_.verdict = verdict; }

  NftRule rule_;
  Loaded loaded_ = Loaded::Unknown;
  std::uint32_t length_ = 0;
  std::uint32_t mask_ = 0;
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
