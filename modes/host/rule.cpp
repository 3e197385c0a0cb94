#include "modes/host/rule.h"

#include <fmt/format.h>

#include <iterator>

namespace netctl::host {
namespace {

template <class... Args>
void add(std::string& text, fmt::format_string<Args...> format, Args&&... args) {
  if (!text.empty()) text += ' ';
  fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
}

std::string_view inversion(bool inverted) {
  return inverted ? "! " : "";
}

std::string format(const AddressMatch& match) {
  const auto length = net::prefixLength(match.mask);
  if (length) return fmt::format("{}/{}", net::format(match.value), *length);
  return fmt::format("{}/{}", net::format(match.value), net::format(match.mask));
}

std::string format(const net::PortRange& ports) {
  return ports.first == ports.last ? std::to_string(ports.first)
                                   : fmt::format("{}:{}", ports.first, ports.last);
}

void addTransport(std::string& text, const Rule& rule) {
  constexpr net::PortRange kAll{0, 65535};
  if (!rule.ports && !rule.tcp_flags) return;
  add(text, "-m {}", net::format(net::Protocol{rule.protocol}));
  if (rule.ports && rule.ports->source != kAll) {
    add(text, "--sport {}", format(rule.ports->source));
  }
  if (rule.ports && rule.ports->destination != kAll) {
    add(text, "--dport {}", format(rule.ports->destination));
  }
  if (rule.tcp_flags == TcpFlags::NotSyn) add(text, "! --tcp-flags FIN,SYN,RST,ACK SYN");
  if (rule.tcp_flags == TcpFlags::Fin) add(text, "--tcp-flags FIN FIN");
}

void addIcmp(std::string& text, const net::IcmpMatch& icmp) {
  if (icmp.code) {
    add(text, "-m icmp --icmp-type {}/{}", *icmp.type, *icmp.code);
  } else {
    add(text, "-m icmp --icmp-type {}", *icmp.type);
  }
}

void addConntrack(std::string& text, const ConntrackMatch& match) {
  constexpr std::array<std::pair<ConntrackMatch::State, std::string_view>, 5> kNames{
      {{ConntrackMatch::kInvalid, "INVALID"},
       {ConntrackMatch::kNew, "NEW"},
       {ConntrackMatch::kRelated, "RELATED"},
       {ConntrackMatch::kEstablished, "ESTABLISHED"},
       {ConntrackMatch::kDnat, "DNAT"}}};
  std::string states;
  for (const auto& [state, name] : kNames) {
    if ((match.states & state) == 0) continue;
    if (!states.empty()) states += ',';
    states += name;
  }
  add(text, "-m conntrack");
  if (!states.empty()) add(text, "{}--ctstate {}", inversion(match.inverted), states);
  if (match.reply_only) add(text, "--ctdir REPLY");
}

void addConnmark(std::string& text, const ConnmarkMatch& match) {
  add(text, "-m connmark {}--mark {:#x}", inversion(match.inverted), match.value);
  if (match.mask != 0xffffffff) text += fmt::format("/{:#x}", match.mask);
}

void addConnlabel(std::string& text, const ConnlabelMatch& match) {
  add(text, "-m connlabel {}--label \"{}\"", inversion(match.inverted), match.bit);
  if (match.set) text += " --set";
}

void addSet(std::string& text, const SetMatch& match) {
  std::string directions;
  for (const auto direction : match.directions) {
    if (!directions.empty()) directions += ',';
    directions += direction == SetMatch::Direction::Source ? "src" : "dst";
  }
  add(text, "-m set {}--match-set {} {}", inversion(match.inverted), match.set, directions);
  if (!match.counts) text += " ! --update-counters";
}

/// The comparison as classic BPF: source and mask, destination and mask, equal?
void addSameNetwork(std::string& text, const SameNetworkMatch& match) {
  add(text,
      "-m bpf --bytecode \"10,32 0 0 12,84 0 0 {0},2 0 0 0,32 0 0 16,84 0 0 {0},7 0 0 0,"
      "96 0 0 0,29 0 1 0,6 0 0 1,6 0 0 0\"",
      match.mask.value);
}

struct TargetFormat {
  std::string operator()(const Accept&) const { return "-j ACCEPT"; }
  std::string operator()(const Drop&) const { return "-j DROP"; }
  std::string operator()(const Return&) const { return "-j RETURN"; }
  std::string operator()(const Reset&) const { return "-j REJECT --reject-with tcp-reset"; }
  std::string operator()(const Jump& jump) const { return "-j " + jump.chain; }
  std::string operator()(const Goto& target) const { return "-g " + target.chain; }
  std::string operator()(const Dnat& nat) const {
    const auto port = nat.port == 0 ? "" : ":" + std::to_string(nat.port);
    return "-j DNAT --to-destination " + net::format(nat.to) + port;
  }
  std::string operator()(const Masquerade&) const { return "-j MASQUERADE"; }
  std::string operator()(const Unknown& unknown) const { return unknown.text; }
};

}  // namespace

std::string_view format(Table table) {
  switch (table) {
    case Table::Filter:
      return "filter";
    case Table::Nat:
      return "nat";
    case Table::Mangle:
      return "mangle";
  }
  return "?";
}

AddressMatch matchOf(const net::Ipv4Prefix& prefix) {
  return {prefix.address, prefix.netmask()};
}

AddressMatch matchOf(net::Ipv4Address address) {
  return matchOf(net::Ipv4Prefix{address, 32});
}

std::string format(const Rule& rule) {
  std::string text;
  if (rule.source) add(text, "-s {}", format(*rule.source));
  if (rule.destination) add(text, "-d {}", format(*rule.destination));
  if (rule.in) add(text, "{}-i {}", inversion(rule.in->inverted), rule.in->name);
  if (rule.out) add(text, "{}-o {}", inversion(rule.out->inverted), rule.out->name);
  if (rule.protocol) add(text, "-p {}", net::format(net::Protocol{rule.protocol}));
  addTransport(text, rule);
  if (rule.icmp) addIcmp(text, *rule.icmp);
  if (rule.conntrack) addConntrack(text, *rule.conntrack);
  if (rule.connmark) addConnmark(text, *rule.connmark);
  if (rule.connlabel) addConnlabel(text, *rule.connlabel);
  if (rule.same_network) addSameNetwork(text, *rule.same_network);
  if (rule.set) addSet(text, *rule.set);
  add(text, "{}", std::visit(TargetFormat{}, rule.target));
  return text;
}

}  // namespace netctl::host
