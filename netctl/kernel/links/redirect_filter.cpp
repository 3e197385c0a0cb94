#include "netctl/kernel/links/redirect_filter.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <netlink/attr.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string>

namespace netctl::kernel {
namespace {

/// "nc": late, so that what others decide by smaller ones stands.
constexpr std::uint32_t kPriority = 0x6e63;

// The kernel keeps with an action what its maker says of it, and nothing with a qdisc.
constexpr std::string_view kCookie = "netctl";
constexpr std::string_view kCookieWithQdisc = "netctl qdisc";

// As the kernel has it (tc-u32(8)): a head and keys, each at an offset from the IPv4 header.
constexpr std::size_t kKeys = 3;
constexpr std::size_t kSelectorSize = sizeof(tc_u32_sel) + kKeys * sizeof(tc_u32_key);

// The destination MAC begins 14 bytes before the header; a key is four bytes and so aligned.
constexpr int kMacHead = -16;
constexpr int kMacTail = -12;
constexpr int kSource = 12;

tc_u32_key key(int offset, std::uint32_t mask, std::uint32_t value) {
  tc_u32_key result{};
  result.mask = htonl(mask);
  result.val = htonl(value);
  result.off = offset;
  return result;
}

std::uint32_t number(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return std::uint32_t{a} << 24U | std::uint32_t{b} << 16U | std::uint32_t{c} << 8U | d;
}

tcmsg filterHeader(int device, FilterSide side) {
  const std::uint32_t minor = side == FilterSide::Ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS;
  tcmsg header{};
  header.tcm_ifindex = device;
  header.tcm_parent = TC_H_MAKE(TC_H_CLSACT, minor);
  return header;
}

tcmsg ourHeader(int device) {
  auto header = filterHeader(device, FilterSide::Ingress);
  header.tcm_info = TC_H_MAKE(kPriority << 16U, htons(ETH_P_IP));
  return header;
}

std::string_view textOf(const nlattr* attribute) {
  if (attribute == nullptr) return {};
  const auto* text = static_cast<const char*>(nla_data(attribute));
  return {text, strnlen(text, static_cast<std::size_t>(nla_len(attribute)))};
}

template <std::size_t Size>
std::array<nlattr*, Size> attributesIn(nlattr* nest) {
  std::array<nlattr*, Size> attributes{};
  if (nest != nullptr) nla_parse_nested(attributes.data(), Size - 1, nest, nullptr);
  return attributes;
}

int targetOf(nlattr* options) {
  const auto attributes = attributesIn<TCA_MIRRED_MAX + 1>(options);
  const auto* parameters = attributes[TCA_MIRRED_PARMS];
  tc_mirred mirred{};
  if (parameters == nullptr || nla_len(parameters) != sizeof mirred) return 0;
  std::memcpy(&mirred, nla_data(parameters), sizeof mirred);
  const bool redirects = mirred.eaction == TCA_INGRESS_REDIR && mirred.action == TC_ACT_STOLEN;
  return redirects ? static_cast<int>(mirred.ifindex) : 0;
}

}  // namespace

std::vector<char> selectorOf(const net::MacAddress& mac, const net::Ipv4Prefix& source) {
  const auto& bytes = mac.bytes;
  tc_u32_sel head{};
  head.flags = TC_U32_TERMINAL;
  head.nkeys = kKeys;
  const std::array<tc_u32_key, kKeys> keys{
      key(kMacHead, 0xffffU, number(0, 0, bytes[0], bytes[1])),
      key(kMacTail, 0xffffffffU, number(bytes[2], bytes[3], bytes[4], bytes[5])),
      key(kSource, source.netmask().value, source.address.value),
  };
  std::vector<char> selector(kSelectorSize);
  std::memcpy(selector.data(), &head, sizeof head);
  std::memcpy(selector.data() + sizeof head, keys.data(), sizeof keys);
  return selector;
}

net::Ipv4Prefix sourceIn(const std::vector<char>& selector) {
  if (selector.size() != kSelectorSize) return {};
  tc_u32_key source{};
  std::memcpy(&source, selector.data() + kSelectorSize - sizeof source, sizeof source);
  return net::prefixOf({ntohl(source.val)}, static_cast<std::uint8_t>(std::popcount(source.mask)));
}

RouteMessage filterMessage(int device, const RedirectFilter& filter) {
  RouteMessage message(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, ourHeader(device));
  message.put(TCA_KIND, std::string("u32"));
  message.nest(TCA_OPTIONS);
  message.put(TCA_U32_SEL, filter.selector.data(), filter.selector.size());
  message.nest(TCA_U32_ACT);
  message.nest(1);  // the first action
  message.put(TCA_ACT_KIND, std::string("mirred"));
  const auto cookie = filter.made_qdisc ? kCookieWithQdisc : kCookie;
  message.put(TCA_ACT_COOKIE, cookie.data(), cookie.size());
  message.nest(TCA_ACT_OPTIONS);
  tc_mirred mirred{};
  mirred.action = TC_ACT_STOLEN;
  mirred.eaction = TCA_INGRESS_REDIR;
  mirred.ifindex = static_cast<std::uint32_t>(filter.target);
  message.put(TCA_MIRRED_PARMS, &mirred, sizeof mirred);
  return message;
}

RouteMessage filterRemoval(int device, std::uint32_t handle) {
  auto header = ourHeader(device);
  header.tcm_handle = handle;
  RouteMessage message(RTM_DELTFILTER, 0, header);
  message.put(TCA_KIND, std::string("u32"));
  return message;
}

RouteMessage filterQuestion(int device, FilterSide side, bool ours_only) {
  return {RTM_GETTFILTER, NLM_F_DUMP, ours_only ? ourHeader(device) : filterHeader(device, side)};
}

std::optional<RedirectFilter> parseRedirectFilter(nlmsghdr& message) {
  std::array<nlattr*, TCA_MAX + 1> attributes{};
  nlmsg_parse(&message, sizeof(tcmsg), attributes.data(), TCA_MAX, nullptr);
  if (textOf(attributes[TCA_KIND]) != "u32") return {};
  const auto options = attributesIn<TCA_U32_MAX + 1>(attributes[TCA_OPTIONS]);
  const auto actions = attributesIn<3>(options[TCA_U32_ACT]);
  const auto action = attributesIn<TCA_ACT_MAX + 1>(actions[1]);
  const auto* cookie = action[TCA_ACT_COOKIE];
  if (cookie == nullptr || options[TCA_U32_SEL] == nullptr) return {};
  const std::string_view said(static_cast<const char*>(nla_data(cookie)),
                              static_cast<std::size_t>(nla_len(cookie)));
  if (said != kCookie && said != kCookieWithQdisc) return {};
  RedirectFilter filter;
  filter.handle = static_cast<const tcmsg*>(nlmsg_data(&message))->tcm_handle;
  filter.made_qdisc = said == kCookieWithQdisc;
  if (textOf(action[TCA_ACT_KIND]) == "mirred" && actions[2] == nullptr) {
    filter.target = targetOf(action[TCA_ACT_OPTIONS]);
  }
  const auto* selector = static_cast<const char*>(nla_data(options[TCA_U32_SEL]));
  filter.selector.assign(selector, selector + nla_len(options[TCA_U32_SEL]));
  return filter;
}

RouteMessage qdiscMessage(int type, int flags, int device) {
  tcmsg header{};
  header.tcm_ifindex = device;
  header.tcm_parent = TC_H_CLSACT;
  header.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0U);
  RouteMessage message(type, flags, header);
  message.put(TCA_KIND, std::string("clsact"));
  return message;
}

RouteMessage qdiscQuestion() {
  return {RTM_GETQDISC, NLM_F_DUMP, tcmsg{}};
}

std::optional<int> filteringDevice(nlmsghdr& message) {
  const auto* header = static_cast<const tcmsg*>(nlmsg_data(&message));
  if (message.nlmsg_type != RTM_NEWQDISC || header->tcm_parent != TC_H_CLSACT) return {};
  return header->tcm_ifindex;
}

}  // namespace netctl::kernel
