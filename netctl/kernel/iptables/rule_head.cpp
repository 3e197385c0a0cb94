#include "netctl/kernel/iptables/rule_head.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ip_tables.h>

#include <cstddef>
#include <cstring>
#include <optional>

namespace netctl::kernel {
namespace {

/// Of a mask with gaps: everything.
net::Ipv4Prefix prefixIn(const in_addr& address, const in_addr& mask) {
  const auto length = net::prefixLength({ntohl(mask.s_addr)});
  if (!length) return {};
  return net::prefixOf({ntohl(address.s_addr)}, *length);
}

/// The mask covers the name's end, unless longer names are meant, too.
std::string interfaceIn(const char (&name)[IFNAMSIZ], const unsigned char (&mask)[IFNAMSIZ]) {
  std::string text(name, strnlen(name, sizeof name));
  const bool is_prefix = !text.empty() && text.size() < sizeof mask && mask[text.size()] == 0;
  if (is_prefix && !text.ends_with('+')) text += '+';
  return text;
}

/// Of a rule with the target CT, which has other purposes, too: whether its packets are not
/// tracked.
bool untracks(const ipt_entry& entry) {
  xt_entry_target target{};
  const auto* bytes = reinterpret_cast<const char*>(&entry) + entry.target_offset;
  std::memcpy(&target, bytes, sizeof target);
  std::uint16_t flags = 0;
  if (target.u.target_size < sizeof target + sizeof flags) return false;
  std::memcpy(&flags, bytes + sizeof target + offsetof(xt_ct_target_info, flags), sizeof flags);
  return (flags & XT_CT_NOTRACK) != 0;
}

/// The data of the rule's match of that name, where it is the only one.
template <class Info>
std::optional<Info> onlyMatch(const ipt_entry& entry, std::string_view name) {
  xt_entry_match match{};
  if (entry.target_offset < sizeof entry + sizeof match + sizeof(Info)) return {};
  const auto* bytes = reinterpret_cast<const char*>(&entry) + sizeof entry;
  std::memcpy(&match, bytes, sizeof match);
  const bool is_only = sizeof entry + match.u.match_size == entry.target_offset;
  const std::string_view found(match.u.user.name,
                               strnlen(match.u.user.name, sizeof match.u.user.name));
  if (!is_only || found != name) return {};
  Info info{};
  std::memcpy(&info, bytes + sizeof match, sizeof info);
  return info;
}

/// True where it asks for nothing but ports of the destination.
template <class Info>
bool readPorts(const std::optional<Info>& info, RuleHead& head) {
  if (!info || info->invflags != 0 || info->spts[0] != 0 || info->spts[1] != 0xffff) return false;
  head.from_port = info->dpts[0];
  head.to_port = info->dpts[1];
  return true;
}

bool readMatches(const ipt_entry& entry, RuleHead& head) {
  if (entry.target_offset == sizeof entry) return true;
  if (head.protocol == IPPROTO_TCP) {
    const auto tcp = onlyMatch<xt_tcp>(entry, "tcp");
    const bool has_flags = tcp && (tcp->option != 0 || tcp->flg_mask != 0);
    return !has_flags && readPorts(tcp, head);
  }
  return head.protocol == IPPROTO_UDP && readPorts(onlyMatch<xt_udp>(entry, "udp"), head);
}

}  // namespace

RuleHead headOf(const ipt_entry& entry, std::string_view verdict) {
  const auto& ip = entry.ip;
  RuleHead head{.verdict = std::string(verdict)};
  if (verdict == "CT" && untracks(entry)) head.verdict = "NOTRACK";
  if ((ip.invflags & IPT_INV_SRCIP) == 0) head.source = prefixIn(ip.src, ip.smsk);
  if ((ip.invflags & IPT_INV_DSTIP) == 0) head.destination = prefixIn(ip.dst, ip.dmsk);
  if ((ip.invflags & IPT_INV_VIA_IN) == 0) head.in = interfaceIn(ip.iniface, ip.iniface_mask);
  if ((ip.invflags & IPT_INV_VIA_OUT) == 0) head.out = interfaceIn(ip.outiface, ip.outiface_mask);
  if ((ip.invflags & XT_INV_PROTO) == 0) head.protocol = static_cast<std::uint8_t>(ip.proto);
  const bool asks_for_fragments = (ip.flags & IPT_F_FRAG) != 0;
  head.asks_for_more = !readMatches(entry, head) || ip.invflags != 0 || asks_for_fragments;
  return head;
}

}  // namespace netctl::kernel
