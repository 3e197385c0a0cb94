#include "modes/host/names.h"
#include "netctl/kernel/iptables/rule_codec.h"
#include "netctl/kernel/iptables/xt_info.h"

#include <fmt/format.h>
#include <linux/netfilter/xt_comment.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace netctl::kernel {
namespace {

using Bytes = std::span<const std::byte>;

// A match or a target: its name and the bytes of its struct.
struct Part {
  XtName name;
  Bytes info;
};

// The parts of an entry, every offset checked against its bytes.
struct Entry {
  ipt_ip ip{};
  std::vector<Part> matches;
  Part target;
};

template <class T>
T copyOf(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// The part at the begin of `bytes`; takes it off them.
std::optional<Part> takePart(Bytes& bytes) {
  if (bytes.size() < sizeof(xt_entry_match)) return std::nullopt;
  // The name stays where it is; xt_entry_match and xt_entry_target have one layout.
  const auto head = copyOf<xt_entry_match>(bytes.data());
  const std::size_t size = head.u.user.match_size;
  if (size < sizeof head || size > bytes.size()) return std::nullopt;
  const char* name =
      reinterpret_cast<const char*>(bytes.data()) + offsetof(xt_entry_match, u.user.name);
  const std::size_t length = strnlen(name, sizeof head.u.user.name);
  Part part{{{name, length}, head.u.user.revision}, bytes.subspan(sizeof head, size - sizeof head)};
  bytes = bytes.subspan(size);
  return part;
}

std::optional<Entry> parse(Bytes bytes) {
  if (bytes.size() < sizeof(ipt_entry)) return std::nullopt;
  const auto header = copyOf<ipt_entry>(bytes.data());
  if (header.next_offset != bytes.size() || header.target_offset < sizeof header ||
      header.target_offset > header.next_offset) {
    return std::nullopt;
  }
  Entry entry;
  entry.ip = header.ip;
  Bytes matches = bytes.subspan(sizeof header, header.target_offset - sizeof header);
  while (!matches.empty()) {
    const auto match = takePart(matches);
    if (!match) return std::nullopt;
    entry.matches.push_back(*match);
  }
  Bytes rest = bytes.subspan(header.target_offset);
  const auto target = takePart(rest);
  if (!target || !rest.empty()) return std::nullopt;
  entry.target = *target;
  return entry;
}

// The struct of a part, where its size is that of such a struct.
template <class T>
std::optional<XtInfo<T>> infoOf(const Part& part) {
  if (part.info.size() != XT_ALIGN(sizeof(T))) return std::nullopt;
  XtInfo<T> info;
  std::memcpy(info.bytes().data(), part.info.data(), sizeof(T));
  return info;
}

template <class T>
bool same(const T& left, const T& right) {
  return std::memcmp(&left, &right, sizeof left) == 0;
}

// What is wrong with the parts of the header, or null.
const char* readInterface(std::optional<host::InterfaceMatch>& to, const char* name,
                          const unsigned char* mask, bool inverted) {
  InterfaceInfo found{};
  std::memcpy(found.name, name, sizeof found.name);
  std::memcpy(found.mask, mask, sizeof found.mask);
  if (same(found, InterfaceInfo{}))
    return inverted ? "an inverted match of all interfaces" : nullptr;
  const std::string_view text(found.name, strnlen(found.name, sizeof found.name));
  if (text.empty() || text == "+" || text.size() >= sizeof found.name ||
      !same(found, interfaceInfo(text))) {
    return "an interface match";
  }
  to = host::InterfaceMatch{std::string(text), inverted};
  return nullptr;
}

const char* readAddress(std::optional<host::AddressMatch>& to, const in_addr& value,
                        const in_addr& mask) {
  if (value.s_addr == 0 && mask.s_addr == 0) return nullptr;
  if ((value.s_addr & ~mask.s_addr) != 0) return "an address with bits off its mask";
  to = host::AddressMatch{{ntohl(value.s_addr)}, {ntohl(mask.s_addr)}};
  return nullptr;
}

const char* readIp(host::Rule& rule, const ipt_ip& ip) {
  if (ip.proto > 255) return "a protocol";
  if (ip.proto != 0) rule.protocol = static_cast<std::uint8_t>(ip.proto);
  if (const char* fault = readAddress(rule.source, ip.src, ip.smsk)) return fault;
  if (const char* fault = readAddress(rule.destination, ip.dst, ip.dmsk)) return fault;
  if (const char* fault = readInterface(rule.in, ip.iniface, ip.iniface_mask,
                                        (ip.invflags & IPT_INV_VIA_IN) != 0)) {
    return fault;
  }
  if (const char* fault = readInterface(rule.out, ip.outiface, ip.outiface_mask,
                                        (ip.invflags & IPT_INV_VIA_OUT) != 0)) {
    return fault;
  }
  if ((ip.invflags & ~(IPT_INV_VIA_IN | IPT_INV_VIA_OUT)) != 0) return "an inverted match";
  if ((ip.flags & ~IPT_F_GOTO) != 0) return "a match of fragments";
  return nullptr;
}

net::PortRange portsOf(const __u16 (&ports)[2]) {
  return {ports[0], ports[1]};
}

bool readTcp(host::Rule& rule, const Part& part) {
  const auto info = infoOf<xt_tcp>(part);
  if (!info || rule.protocol != IPPROTO_TCP || rule.ports || rule.tcp_flags) return false;
  const host::PortMatch ports{portsOf((*info)->spts), portsOf((*info)->dpts)};
  for (const auto flags : {std::optional<host::TcpFlags>(), std::optional(host::TcpFlags::NotSyn),
                           std::optional(host::TcpFlags::Fin)}) {
    if (*info != tcpInfo(ports, flags)) continue;
    rule.tcp_flags = flags;
    if (!flags || ports != host::PortMatch{}) rule.ports = ports;
    return true;
  }
  return false;
}

bool readUdp(host::Rule& rule, const Part& part) {
  const auto info = infoOf<xt_udp>(part);
  if (!info || rule.protocol != IPPROTO_UDP || rule.ports) return false;
  const host::PortMatch ports{portsOf((*info)->spts), portsOf((*info)->dpts)};
  if (*info != udpInfo(ports)) return false;
  rule.ports = ports;
  return true;
}

bool readIcmp(host::Rule& rule, const Part& part) {
  const auto info = infoOf<ipt_icmp>(part);
  if (!info || rule.protocol != IPPROTO_ICMP || rule.icmp || (*info)->type == 255) return false;
  net::IcmpMatch icmp{(*info)->type, {}};
  if ((*info)->code[0] == (*info)->code[1]) icmp.code = (*info)->code[0];
  if (*info != icmpInfo(icmp)) return false;
  rule.icmp = icmp;
  return true;
}

bool readConntrack(host::Rule& rule, const Part& part) {
  using State = host::ConntrackMatch;
  const auto info = infoOf<xt_conntrack_mtinfo3>(part);
  if (!info || rule.conntrack) return false;
  State match;
  const auto add = [&](State::State state, unsigned bit) {
    if (((*info)->state_mask & bit) != 0) match.states |= state;
  };
  add(State::kInvalid, XT_CONNTRACK_STATE_INVALID);
  add(State::kNew, XT_CONNTRACK_STATE_BIT(IP_CT_NEW));
  add(State::kEstablished, XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED));
  add(State::kRelated, XT_CONNTRACK_STATE_BIT(IP_CT_RELATED));
  add(State::kDnat, XT_CONNTRACK_STATE_DNAT);
  match.inverted = ((*info)->invert_flags & XT_CONNTRACK_STATE) != 0;
  match.reply_only = ((*info)->invert_flags & XT_CONNTRACK_DIRECTION) != 0;
  if (*info != conntrackInfo(match)) return false;
  rule.conntrack = match;
  return true;
}

bool readConnmark(host::Rule& rule, const Part& part) {
  const auto info = infoOf<xt_connmark_mtinfo1>(part);
  if (!info || rule.connmark) return false;
  const host::ConnmarkMatch match{(*info)->mark, (*info)->mask, (*info)->invert != 0};
  if ((match.value & ~match.mask) != 0 || *info != connmarkInfo(match)) return false;
  rule.connmark = match;
  return true;
}

bool readConnlabel(host::Rule& rule, const Part& part) {
  const auto info = infoOf<xt_connlabel_mtinfo>(part);
  if (!info || rule.connlabel || (*info)->bit > XT_CONNLABEL_MAXBIT) return false;
  const host::ConnlabelMatch match{(*info)->bit, ((*info)->options & XT_CONNLABEL_OP_SET) != 0,
                                   ((*info)->options & XT_CONNLABEL_OP_INVERT) != 0};
  if (*info != connlabelInfo(match)) return false;
  rule.connlabel = match;
  return true;
}

bool readBpf(host::Rule& rule, const Part& part) {
  const auto info = infoOf<xt_bpf_info_v1>(part);
  if (!info || rule.same_network) return false;
  const host::SameNetworkMatch match{{(*info)->bpf_program[1].k}};
  const auto ours = bpfInfo(match);
  // What follows the program in the struct means nothing.
  if ((*info)->mode != ours->mode || (*info)->bpf_program_num_elem != ours->bpf_program_num_elem ||
      std::memcmp((*info)->bpf_program, ours->bpf_program,
                  ours->bpf_program_num_elem * sizeof(sock_filter)) != 0) {
    return false;
  }
  rule.same_network = match;
  return true;
}

Result<bool> readSet(host::Rule& rule, const Part& part, SetIndexes& sets) {
  using Direction = host::SetMatch::Direction;
  const auto info = infoOf<xt_set_info_match_v4>(part);
  if (!info || rule.set) return false;
  const auto& found = (*info)->match_set;
  if (found.dim == 0 || found.dim > IPSET_DIM_MAX) return false;
  host::SetMatch match;
  for (unsigned i = 1; i <= found.dim; ++i) {
    match.directions.push_back((found.flags & (1U << i)) != 0 ? Direction::Source
                                                              : Direction::Destination);
  }
  match.inverted = (found.flags & IPSET_INV_MATCH) != 0;
  match.counts = ((*info)->flags & IPSET_FLAG_SKIP_COUNTER_UPDATE) == 0;
  if (*info != setInfo(match, found.index)) return false;
  auto name = sets.nameOf(found.index);
  if (!name) return name.error();
  match.set = std::move(*name);
  rule.set = std::move(match);
  return true;
}

Result<bool> readMatch(host::Rule& rule, const Part& part, SetIndexes& sets) {
  if (part.name == kTcp) return readTcp(rule, part);
  if (part.name == kUdp) return readUdp(rule, part);
  if (part.name == kIcmp) return readIcmp(rule, part);
  if (part.name == kConntrack) return readConntrack(rule, part);
  if (part.name == kConnmark) return readConnmark(rule, part);
  if (part.name == kConnlabel) return readConnlabel(rule, part);
  if (part.name == kBpf) return readBpf(rule, part);
  if (part.name == kSet) return readSet(rule, part, sets);
  return false;
}

bool isStandard(const Part& part) {
  return part.name == XtName{XT_STANDARD_TARGET, 0} && infoOf<int>(part).has_value();
}

std::optional<host::Target> readVerdict(std::string_view verdict, bool is_goto) {
  if (verdict.starts_with(host::kChainPrefix)) {
    if (is_goto) return host::Goto{std::string(verdict)};
    return host::Jump{std::string(verdict)};
  }
  if (is_goto) return std::nullopt;
  if (verdict == "ACCEPT") return host::Accept{};
  if (verdict == "DROP") return host::Drop{};
  if (verdict == "RETURN") return host::Return{};
  return std::nullopt;
}

std::optional<host::Target> readTarget(const host::Rule& rule, const Part& part,
                                       std::string_view verdict, bool is_goto) {
  if (isStandard(part)) return readVerdict(verdict, is_goto);
  if (is_goto) return std::nullopt;
  if (part.name == kReject) {
    const auto info = infoOf<ipt_reject_info>(part);
    if (info && *info == rejectInfo() && rule.protocol == IPPROTO_TCP) return host::Reset{};
  } else if (part.name == kDnat) {
    const auto info = infoOf<nf_nat_range2>(part);
    if (!info) return std::nullopt;
    const host::Dnat target{{ntohl((*info)->min_addr.ip)}, ntohs((*info)->min_proto.all)};
    if (*info == dnatInfo(target)) return target;
  } else if (part.name == kMasquerade) {
    const auto info = infoOf<nf_nat_ipv4_multi_range_compat>(part);
    if (info && *info == masqueradeInfo()) return host::Masquerade{};
  }
  return std::nullopt;
}

bool isOurComment(const Part& part) {
  if (part.name != kComment) return false;
  const auto info = infoOf<xt_comment_info>(part);
  return info &&
         std::string_view((*info)->comment, strnlen((*info)->comment, sizeof(*info)->comment)) ==
             host::kJumpComment;
}

}  // namespace

Result<host::Rule> decode(Bytes bytes, std::string_view verdict, SetIndexes& sets) {
  host::Rule rule;
  const auto entry = parse(bytes);
  if (!entry) {
    rule.target = host::Unknown{"(not readable)"};
    return rule;
  }
  std::string unknown;
  if (const char* fault = readIp(rule, entry->ip)) unknown = fmt::format("({}) ", fault);
  for (const Part& match : entry->matches) {
    const auto known = readMatch(rule, match, sets);
    if (!known) return known.error();
    if (!*known) unknown += fmt::format("-m {} ... ", match.name.name);
  }
  const bool is_goto = (entry->ip.flags & IPT_F_GOTO) != 0;
  auto target = readTarget(rule, entry->target, verdict, is_goto);
  if (target && unknown.empty()) {
    rule.target = std::move(*target);
  } else {
    const std::string_view name = isStandard(entry->target) ? verdict : entry->target.name.name;
    rule.target = host::Unknown{
        fmt::format("{}-{} {}{}", unknown, is_goto ? 'g' : 'j', name, target ? "" : " ...")};
  }
  return rule;
}

std::span<const std::byte> bytesOf(const ipt_entry& entry) {
  return {reinterpret_cast<const std::byte*>(&entry), entry.next_offset};
}

bool decides(std::string_view verdict) {
  // Those that go on with the next rule (iptables-extensions(8)). Without a verdict a rule counts.
  constexpr std::array<std::string_view, 12> kGoOn{"",         "LOG",   "NFLOG", "ULOG",
                                                   "AUDIT",    "TRACE", "MARK",  "TCPMSS",
                                                   "CHECKSUM", "DSCP",  "TOS",   "CONNMARK"};
  return std::ranges::find(kGoOn, verdict) == kGoOn.end();
}

JumpKind jumpKind(Bytes bytes, std::string_view verdict) {
  const auto entry = parse(bytes);
  if (!entry) return JumpKind::Foreign;
  if (entry->matches.empty() && same(entry->ip, ipt_ip{}) && isStandard(entry->target) &&
      verdict.starts_with(host::kChainPrefix)) {
    return JumpKind::Exact;
  }
  const bool ours = std::any_of(entry->matches.begin(), entry->matches.end(), isOurComment);
  return ours ? JumpKind::Mistaken : JumpKind::Foreign;
}

}  // namespace netctl::kernel
