#include "modes/host/names.h"
#include "netctl/kernel/iptables/rule_codec.h"
#include "netctl/kernel/iptables/xt_info.h"

#include <fmt/format.h>
#include <linux/netfilter/xt_comment.h>

#include <cstring>
#include <type_traits>

namespace netctl::kernel {

// Appends the parts of a rule in the order of an ipt_entry: matches, then the target.
class RuleWriter {
 public:
  RuleWriter() {
    header_.target_offset = sizeof(ipt_entry);
    rule_.size_ = sizeof(ipt_entry);
  }

  ipt_ip& ip() { return header_.ip; }

  template <class Info>
  void match(const XtName& name, const XtInfo<Info>& info) {
    append(name, info);
    header_.target_offset = static_cast<std::uint16_t>(rule_.size_);
  }

  template <class Info>
  void target(const XtName& name, const XtInfo<Info>& info) {
    append(name, info);
  }

  // libiptc turns the name into the verdict's number or the place of the chain.
  void verdict(std::string_view name) { append({name, 0}, XtInfo<int>()); }

  EncodedRule finish() {
    header_.next_offset = static_cast<std::uint16_t>(rule_.size_);
    std::memcpy(rule_.bytes_.data(), &header_, sizeof header_);
    return rule_;
  }

 private:
  // xt_entry_match and xt_entry_target have one layout.
  template <class Info>
  void append(const XtName& name, const XtInfo<Info>& info) {
    constexpr std::size_t kSize = XT_ALIGN(sizeof(xt_entry_match) + sizeof(Info));
    xt_entry_match head{};
    head.u.user.match_size = kSize;
    std::memcpy(head.u.user.name, name.name.data(),
                std::min(name.name.size(), sizeof head.u.user.name - 1));
    head.u.user.revision = name.revision;
    if (rule_.size_ + kSize > EncodedRule::kRoom) throw std::logic_error("a rule is too large");
    std::byte* to = rule_.bytes_.data() + rule_.size_;
    std::memcpy(to, &head, sizeof head);
    std::memcpy(to + sizeof head, info.bytes().data(), info.bytes().size());
    rule_.size_ += kSize;
  }

  EncodedRule rule_;
  ipt_entry header_{};  // last, as it ends in an array of no size
};

namespace {

Error inexact(const host::Rule& rule, std::string_view why) {
  return {ErrorCode::Internal, "RuleHasNoForm",
          fmt::format("rule `{}` cannot be written: {}", host::format(rule), why)};
}

const char* faultOf(const std::optional<host::AddressMatch>& match) {
  if (!match) return nullptr;
  if (match->mask.value == 0) return "an address match that matches all must be left out";
  if ((match->value.value & ~match->mask.value) != 0) return "an address has bits off its mask";
  return nullptr;
}

const char* faultOf(const std::optional<host::InterfaceMatch>& match) {
  if (!match) return nullptr;
  if (match->name.empty() || match->name == "+") {
    return "an interface match that matches all must be left out";
  }
  if (match->name.size() >= IFNAMSIZ) return "an interface name has at most 15 characters";
  return nullptr;
}

const char* faultOf(const host::ConntrackMatch& match) {
  constexpr unsigned kAll = host::ConntrackMatch::kInvalid | host::ConntrackMatch::kNew |
                            host::ConntrackMatch::kEstablished | host::ConntrackMatch::kRelated |
                            host::ConntrackMatch::kDnat;
  if ((match.states & ~kAll) != 0) return "an unknown conntrack state";
  if (match.states == 0 && (match.inverted || !match.reply_only)) {
    return "a conntrack match without states";
  }
  return nullptr;
}

const char* faultOf(const host::SetMatch& match) {
  if (match.directions.empty() || match.directions.size() > IPSET_DIM_MAX) {
    return "a set match has one direction per dimension, at most 6";
  }
  return nullptr;
}

const char* faultOfTransport(const host::Rule& rule) {
  if (rule.protocol == 0) return "protocol 0 stands for any and must be left out";
  const bool tcp = rule.protocol == IPPROTO_TCP;
  if (rule.ports && !tcp && rule.protocol != IPPROTO_UDP) return "ports need protocol tcp or udp";
  if (rule.tcp_flags && !tcp) return "flags of TCP need protocol tcp";
  if (rule.tcp_flags && rule.ports == host::PortMatch{})
    return "ports that match all must be left out";
  if (!rule.icmp) return nullptr;
  if (rule.protocol != IPPROTO_ICMP) return "an ICMP type needs protocol icmp";
  if (!rule.icmp->type) return "an ICMP match without a type must be left out";
  if (rule.icmp->type == 255) return "ICMP type 255 stands for any";
  return nullptr;
}

const char* faultOf(const host::Rule& rule) {
  if (const char* fault = faultOf(rule.source)) return fault;
  if (const char* fault = faultOf(rule.destination)) return fault;
  if (const char* fault = faultOf(rule.in)) return fault;
  if (const char* fault = faultOf(rule.out)) return fault;
  if (const char* fault = faultOfTransport(rule)) return fault;
  if (rule.conntrack) {
    if (const char* fault = faultOf(*rule.conntrack)) return fault;
  }
  if (rule.connmark && (rule.connmark->value & ~rule.connmark->mask) != 0) {
    return "a mark has bits off its mask";
  }
  if (rule.connlabel && rule.connlabel->bit > XT_CONNLABEL_MAXBIT) {
    return "an entry has room for labels 0 to 127";
  }
  if (std::holds_alternative<host::Reset>(rule.target) && rule.protocol != IPPROTO_TCP) {
    return "a reset needs protocol tcp";
  }
  return rule.set ? faultOf(*rule.set) : nullptr;
}

void setAddress(const std::optional<host::AddressMatch>& match, in_addr& value, in_addr& mask) {
  if (!match) return;
  value.s_addr = htonl(match->value.value);
  mask.s_addr = htonl(match->mask.value);
}

void setInterface(const std::optional<host::InterfaceMatch>& match, char* name, unsigned char* mask,
                  std::uint8_t& inverted, std::uint8_t bit) {
  if (!match) return;
  const InterfaceInfo info = interfaceInfo(match->name);
  std::memcpy(name, info.name, sizeof info.name);
  std::memcpy(mask, info.mask, sizeof info.mask);
  if (match->inverted) inverted |= bit;
}

void writeIp(const host::Rule& rule, ipt_ip& ip) {
  setAddress(rule.source, ip.src, ip.smsk);
  setAddress(rule.destination, ip.dst, ip.dmsk);
  setInterface(rule.in, ip.iniface, ip.iniface_mask, ip.invflags, IPT_INV_VIA_IN);
  setInterface(rule.out, ip.outiface, ip.outiface_mask, ip.invflags, IPT_INV_VIA_OUT);
  ip.proto = rule.protocol.value_or(0);
  if (std::holds_alternative<host::Goto>(rule.target)) ip.flags |= IPT_F_GOTO;
}

void writeTransport(const host::Rule& rule, RuleWriter& writer) {
  if (rule.tcp_flags || (rule.ports && rule.protocol == IPPROTO_TCP)) {
    writer.match(kTcp, tcpInfo(rule.ports.value_or(host::PortMatch{}), rule.tcp_flags));
  } else if (rule.ports) {
    writer.match(kUdp, udpInfo(*rule.ports));
  }
  if (rule.icmp) writer.match(kIcmp, icmpInfo(*rule.icmp));
}

// Gives what is wrong with the target, or null.
struct WriteTarget {
  RuleWriter& writer;

  const char* operator()(const host::Accept&) const { return verdict("ACCEPT"); }
  const char* operator()(const host::Drop&) const { return verdict("DROP"); }
  const char* operator()(const host::Return&) const { return verdict("RETURN"); }
  const char* operator()(const host::Reset&) const { return target(kReject, rejectInfo()); }
  const char* operator()(const host::Jump& jump) const { return chain(jump.chain); }
  const char* operator()(const host::Goto& target) const { return chain(target.chain); }
  const char* operator()(const host::Dnat& nat) const { return target(kDnat, dnatInfo(nat)); }
  const char* operator()(const host::Masquerade&) const {
    return target(kMasquerade, masqueradeInfo());
  }
  const char* operator()(const host::Unknown&) const { return "it was read and is not known"; }

  const char* verdict(std::string_view name) const {
    writer.verdict(name);
    return nullptr;
  }
  const char* chain(std::string_view name) const {
    if (!name.starts_with(host::kChainPrefix) || name.size() > kChainNameRoom) {
      return "a chain of ours is named NC_... and has at most 28 characters";
    }
    return verdict(name);
  }
  template <class Info>
  const char* target(const XtName& name, const XtInfo<Info>& info) const {
    writer.target(name, info);
    return nullptr;
  }
};

}  // namespace

Result<EncodedRule> encode(const host::Rule& rule, SetIndexes& sets) {
  if (const char* fault = faultOf(rule)) return inexact(rule, fault);
  RuleWriter writer;
  writeIp(rule, writer.ip());
  writeTransport(rule, writer);
  if (rule.conntrack) writer.match(kConntrack, conntrackInfo(*rule.conntrack));
  if (rule.connmark) writer.match(kConnmark, connmarkInfo(*rule.connmark));
  if (rule.connlabel) writer.match(kConnlabel, connlabelInfo(*rule.connlabel));
  if (rule.same_network) writer.match(kBpf, bpfInfo(*rule.same_network));
  if (rule.set) {
    const auto index = sets.indexOf(rule.set->set);
    if (!index) return index.error();
    writer.match(kSet, setInfo(*rule.set, *index));
  }
  if (const char* fault = std::visit(WriteTarget{writer}, rule.target)) return inexact(rule, fault);
  return writer.finish();
}

EncodedRule encodeJump(std::string_view chain) {
  RuleWriter writer;
  writer.verdict(chain);
  return writer.finish();
}

}  // namespace netctl::kernel
