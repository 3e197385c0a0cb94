#include "netctl/kernel/iptables/xt_info.h"

#include <array>
#include <cstring>

namespace netctl::kernel {
namespace {

void setPorts(__u16 (&to)[2], const net::PortRange& ports) {
  to[0] = ports.first;
  to[1] = ports.last;
}

}  // namespace

XtInfo<xt_tcp> tcpInfo(const host::PortMatch& ports, std::optional<host::TcpFlags> flags) {
  // What `! --syn` compares: SYN alone of these four (xt_tcp.c tells flags only). The bits stand
  // in RFC 9293, section 3.1.
  constexpr std::uint8_t kFin = 0x01;
  constexpr std::uint8_t kSyn = 0x02;
  constexpr std::uint8_t kRst = 0x04;
  constexpr std::uint8_t kAck = 0x10;
  XtInfo<xt_tcp> info;
  setPorts(info->spts, ports.source);
  setPorts(info->dpts, ports.destination);
  if (flags == host::TcpFlags::NotSyn) {
    info->flg_mask = kFin | kSyn | kRst | kAck;
    info->flg_cmp = kSyn;
    info->invflags = XT_TCP_INV_FLAGS;
  } else if (flags == host::TcpFlags::Fin) {
    info->flg_mask = kFin;
    info->flg_cmp = kFin;
  }
  return info;
}

XtInfo<xt_udp> udpInfo(const host::PortMatch& ports) {
  XtInfo<xt_udp> info;
  setPorts(info->spts, ports.source);
  setPorts(info->dpts, ports.destination);
  return info;
}

XtInfo<ipt_icmp> icmpInfo(const net::IcmpMatch& icmp) {
  XtInfo<ipt_icmp> info;
  info->type = icmp.type.value();
  // A range of codes: without one of its own, a match takes every code.
  info->code[0] = icmp.code.value_or(0);
  info->code[1] = icmp.code.value_or(255);
  return info;
}

XtInfo<xt_conntrack_mtinfo3> conntrackInfo(const host::ConntrackMatch& match) {
  using State = host::ConntrackMatch;
  XtInfo<xt_conntrack_mtinfo3> info;
  if (match.states != 0) {
    info->match_flags |= XT_CONNTRACK_STATE;
    if (match.inverted) info->invert_flags |= XT_CONNTRACK_STATE;
  }
  const auto add = [&](State::State state, unsigned bit) {
    if ((match.states & state) != 0) info->state_mask |= bit;
  };
  add(State::kInvalid, XT_CONNTRACK_STATE_INVALID);
  add(State::kNew, XT_CONNTRACK_STATE_BIT(IP_CT_NEW));
  add(State::kEstablished, XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED));
  add(State::kRelated, XT_CONNTRACK_STATE_BIT(IP_CT_RELATED));
  add(State::kDnat, XT_CONNTRACK_STATE_DNAT);
  if (match.reply_only) {
    info->match_flags |= XT_CONNTRACK_DIRECTION;
    // The flag alone asks for the original direction; `--ctdir REPLY` is its inverse.
    info->invert_flags |= XT_CONNTRACK_DIRECTION;
  }
  return info;
}

XtInfo<xt_connmark_mtinfo1> connmarkInfo(const host::ConnmarkMatch& match) {
  XtInfo<xt_connmark_mtinfo1> info;
  info->mark = match.value;
  info->mask = match.mask;
  info->invert = match.inverted ? 1 : 0;
  return info;
}

XtInfo<xt_connlabel_mtinfo> connlabelInfo(const host::ConnlabelMatch& match) {
  XtInfo<xt_connlabel_mtinfo> info;
  info->bit = match.bit;
  if (match.set) info->options |= XT_CONNLABEL_OP_SET;
  if (match.inverted) info->options |= XT_CONNLABEL_OP_INVERT;
  return info;
}

XtInfo<xt_bpf_info_v1> bpfInfo(const host::SameNetworkMatch& match) {
  constexpr std::uint32_t kSource = 12;  // offsets in the IPv4 header
  constexpr std::uint32_t kDestination = 16;
  // Takes a packet whose source and destination are of one network: no match of iptables compares
  // two addresses of the packet with each other. xt_bpf runs it on the IPv4 header.
  const std::array<sock_filter, 10> program{{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, kSource},
      {BPF_ALU | BPF_AND | BPF_K, 0, 0, match.mask.value},
      {BPF_ST, 0, 0, 0},
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, kDestination},
      {BPF_ALU | BPF_AND | BPF_K, 0, 0, match.mask.value},
      {BPF_MISC | BPF_TAX, 0, 0, 0},
      {BPF_LD | BPF_MEM, 0, 0, 0},
      {BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0},
      {BPF_RET | BPF_K, 0, 0, 1},
      {BPF_RET | BPF_K, 0, 0, 0},
  }};
  XtInfo<xt_bpf_info_v1> info;
  info->mode = XT_BPF_MODE_BYTECODE;
  info->bpf_program_num_elem = program.size();
  std::memcpy(info->bpf_program, program.data(), sizeof program);
  return info;
}

XtInfo<xt_set_info_match_v4> setInfo(const host::SetMatch& match, std::uint16_t index) {
  XtInfo<xt_set_info_match_v4> info;
  info->match_set.index = index;
  for (const auto direction : match.directions) {
    // Bit i + 1 says that dimension i is the source (xt_set.h).
    ++info->match_set.dim;
    if (direction == host::SetMatch::Direction::Source) {
      info->match_set.flags |= 1U << info->match_set.dim;
    }
  }
  if (match.inverted) info->match_set.flags |= IPSET_INV_MATCH;
  if (!match.counts) info->flags |= IPSET_FLAG_SKIP_COUNTER_UPDATE;
  return info;
}

XtInfo<ipt_reject_info> rejectInfo() {
  XtInfo<ipt_reject_info> info;
  info->with = IPT_TCP_RESET;
  return info;
}

XtInfo<nf_nat_range2> dnatInfo(const host::Dnat& target) {
  XtInfo<nf_nat_range2> info;
  info->flags = NF_NAT_RANGE_MAP_IPS;
  info->min_addr.ip = info->max_addr.ip = htonl(target.to.value);
  if (target.port != 0) {
    info->flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
    info->min_proto.all = info->max_proto.all = htons(target.port);
  }
  return info;
}

XtInfo<nf_nat_ipv4_multi_range_compat> masqueradeInfo() {
  XtInfo<nf_nat_ipv4_multi_range_compat> info;
  info->rangesize = 1;
  return info;
}

InterfaceInfo interfaceInfo(std::string_view name) {
  InterfaceInfo info{};
  std::memcpy(info.name, name.data(), std::min(name.size(), sizeof info.name - 1));
  // The `+` itself is not compared; without it the NUL at the end is.
  const std::size_t compared = name.ends_with('+') ? name.size() - 1 : name.size() + 1;
  std::memset(info.mask, 0xff, std::min(compared, sizeof info.mask));
  return info;
}

}  // namespace netctl::kernel
