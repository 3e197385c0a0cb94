#pragma once

#include "modes/host/rule.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <linux/netfilter.h>
// Needs linux/netfilter.h.
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_bpf.h>
#include <linux/netfilter/xt_connlabel.h>
#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_set.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv4/ipt_REJECT.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// The matches and targets that we use as xtables has them. Two that mean the same are the same
/// bytes: the decoder takes only what the encoder would have written.
namespace netctl::kernel {

/// A struct of the kernel as its bytes, padding included and zeroed at first. As a plain struct it
/// would lose its padding in copies, since a compiler need not copy that.
template <class T>
class XtInfo {
 public:
  T* operator->() { return reinterpret_cast<T*>(bytes_.data()); }
  const T* operator->() const { return reinterpret_cast<const T*>(bytes_.data()); }
  [[nodiscard]] std::array<std::byte, sizeof(T)>& bytes() { return bytes_; }
  [[nodiscard]] const std::array<std::byte, sizeof(T)>& bytes() const { return bytes_; }

  bool operator==(const XtInfo&) const = default;

 private:
  alignas(T) std::array<std::byte, sizeof(T)> bytes_{};
};

/// Which match or target a part of a rule is: iptables(8) of Debian 12 lists exactly these
/// revisions in a form that can be restored.
struct XtName {
  std::string_view name;
  std::uint8_t revision;

  bool operator==(const XtName&) const = default;
};
inline constexpr XtName kTcp{"tcp", 0};
inline constexpr XtName kUdp{"udp", 0};
inline constexpr XtName kIcmp{"icmp", 0};
inline constexpr XtName kConntrack{"conntrack", 3};
inline constexpr XtName kConnmark{"connmark", 1};
inline constexpr XtName kConnlabel{"connlabel", 0};
inline constexpr XtName kBpf{"bpf", 1};
inline constexpr XtName kSet{"set", 4};
inline constexpr XtName kComment{"comment", 0};
inline constexpr XtName kReject{"REJECT", 0};
inline constexpr XtName kDnat{"DNAT", 2};
inline constexpr XtName kMasquerade{"MASQUERADE", 0};

XtInfo<xt_tcp> tcpInfo(const host::PortMatch& ports, std::optional<host::TcpFlags> flags);
XtInfo<xt_udp> udpInfo(const host::PortMatch& ports);
/// Has a type.
XtInfo<ipt_icmp> icmpInfo(const net::IcmpMatch& icmp);
XtInfo<xt_conntrack_mtinfo3> conntrackInfo(const host::ConntrackMatch& match);
XtInfo<xt_connmark_mtinfo1> connmarkInfo(const host::ConnmarkMatch& match);
XtInfo<xt_connlabel_mtinfo> connlabelInfo(const host::ConnlabelMatch& match);
/// Classic BPF: source and mask, destination and mask, equal?
XtInfo<xt_bpf_info_v1> bpfInfo(const host::SameNetworkMatch& match);
XtInfo<xt_set_info_match_v4> setInfo(const host::SetMatch& match, std::uint16_t index);

/// With a TCP reset.
XtInfo<ipt_reject_info> rejectInfo();
XtInfo<nf_nat_range2> dnatInfo(const host::Dnat& target);
XtInfo<nf_nat_ipv4_multi_range_compat> masqueradeInfo();

/// An interface match as ipt_ip has it: `name` may end in `+` and has at most 15 characters.
struct InterfaceInfo {
  char name[IFNAMSIZ];
  unsigned char mask[IFNAMSIZ];
};
InterfaceInfo interfaceInfo(std::string_view name);

}  // namespace netctl::kernel
