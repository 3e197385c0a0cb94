#include "tests/kernel/support/every_rule.h"

namespace netctl::kernel {
namespace {

using host::Rule;
using State = host::ConntrackMatch;
using Direction = host::SetMatch::Direction;

net::Ipv4Address address(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {std::uint32_t{a} << 24U | std::uint32_t{b} << 16U | std::uint32_t{c} << 8U | d};
}

const auto kNetwork = host::matchOf(net::Ipv4Prefix{address(10, 1, 0, 0), 16});

std::vector<Rule> headers() {
  std::vector<Rule> rules(1);
  rules.push_back({.source = kNetwork});
  rules.push_back({.destination = host::matchOf(address(10, 1, 2, 3))});
  rules.push_back({.destination = host::AddressMatch{address(0, 0, 12, 0), address(0, 0, 252, 0)}});
  rules.push_back({.source = kNetwork, .destination = kNetwork, .target = host::Drop{}});
  rules.push_back({.source = kNetwork, .in = host::InterfaceMatch{"br0"}});
  rules.push_back({.in = host::InterfaceMatch{"nc+"}, .out = host::InterfaceMatch{"eth1", true}});
  rules.push_back({.in = host::InterfaceMatch{"fifteen-letters", true}});
  for (const std::uint8_t protocol :
       {1, 2, 6, 17, 41, 47, 50, 51, 58, 89, 94, 132, 136, 253, 255}) {
    rules.push_back({.protocol = protocol, .target = host::Return{}});
  }
  return rules;
}

std::vector<Rule> transports() {
  std::vector<Rule> rules;
  for (const std::uint8_t protocol : {6, 17}) {
    rules.push_back({.protocol = protocol, .ports = host::PortMatch{}});
    rules.push_back({.protocol = protocol, .ports = host::PortMatch{{0, 65535}, {22, 22}}});
    rules.push_back({.protocol = protocol, .ports = host::PortMatch{{67, 68}, {0, 0}}});
    rules.push_back({.source = kNetwork,
                     .protocol = protocol,
                     .ports = host::PortMatch{{68, 68}, {1024, 65535}}});
  }
  rules.push_back({.protocol = 6, .tcp_flags = host::TcpFlags::NotSyn, .target = host::Drop{}});
  rules.push_back({.protocol = 6,
                   .ports = host::PortMatch{{0, 65535}, {80, 443}},
                   .tcp_flags = host::TcpFlags::NotSyn});
  rules.push_back({.protocol = 6, .tcp_flags = host::TcpFlags::Fin, .target = host::Reset{}});
  rules.push_back({.protocol = 1, .icmp = net::IcmpMatch{8, {}}});
  rules.push_back({.protocol = 1, .icmp = net::IcmpMatch{0, 0}});
  rules.push_back({.protocol = 1, .icmp = net::IcmpMatch{3, 4}});
  rules.push_back({.protocol = 1, .icmp = net::IcmpMatch{5, {}}, .target = host::Drop{}});
  return rules;
}

std::vector<Rule> extensions() {
  std::vector<Rule> rules;
  for (const int states :
       {State::kInvalid | 0, State::kNew | 0, State::kEstablished | 0, State::kRelated | 0,
        State::kDnat | 0, State::kEstablished | State::kRelated,
        State::kInvalid | State::kNew | State::kEstablished | State::kRelated | State::kDnat}) {
    const auto mask = static_cast<std::uint8_t>(states);
    rules.push_back({.conntrack = State{mask, false, false}});
    rules.push_back({.conntrack = State{mask, true, false}});
    rules.push_back({.source = kNetwork, .conntrack = State{mask, false, true}});
  }
  rules.push_back({.conntrack = State{0, false, true}});
  rules.push_back({.connmark = host::ConnmarkMatch{0x800000, 0x800000}, .target = host::Drop{}});
  rules.push_back({.connmark = host::ConnmarkMatch{0, 0x800000}});
  rules.push_back({.connmark = host::ConnmarkMatch{7, 0xffffffff}});
  rules.push_back({.connmark = host::ConnmarkMatch{7, 0xff, true}, .target = host::Accept{}});
  for (const bool set : {false, true}) {
    for (const bool inverted : {false, true}) {
      rules.push_back({.connlabel = host::ConnlabelMatch{127, set, inverted}});
    }
  }
  rules.push_back({.source = kNetwork,
                   .destination = kNetwork,
                   .same_network = host::SameNetworkMatch{address(255, 255, 255, 224)}});
  rules.push_back({.set = host::SetMatch{"nc_ip", {Direction::Source}, false}});
  rules.push_back({.set = host::SetMatch{"nc_ip", {Direction::Destination}, true}});
  rules.push_back({.set = host::SetMatch{"nc_ip", {Direction::Destination}, false, true}});
  rules.push_back(
      {.set = host::SetMatch{"nc_allow",
                             {Direction::Destination, Direction::Destination, Direction::Source},
                             false}});
  rules.push_back({.source = kNetwork,
                   .destination = kNetwork,
                   .in = host::InterfaceMatch{"br0"},
                   .protocol = 6,
                   .ports = host::PortMatch{{0, 65535}, {80, 80}},
                   .conntrack = State{State::kNew, false, false},
                   .connmark = host::ConnmarkMatch{0, 0x800000},
                   .connlabel = host::ConnlabelMatch{7},
                   .same_network = host::SameNetworkMatch{address(255, 255, 0, 0)},
                   .set = host::SetMatch{"nc_ip", {Direction::Source}, false},
                   .target = host::Jump{"NC_OTHER"}});
  return rules;
}

}  // namespace

std::vector<Rule> everyRule() {
  std::vector<Rule> rules = headers();
  for (auto& rule : transports()) rules.push_back(rule);
  for (auto& rule : extensions()) rules.push_back(rule);
  rules.push_back({.target = host::Accept{}});
  rules.push_back({.target = host::Drop{}});
  rules.push_back({.target = host::Return{}});
  rules.push_back({.protocol = 6, .target = host::Reset{}});
  rules.push_back({.target = host::Jump{"NC_OTHER"}});
  rules.push_back({.target = host::Goto{"NC_OTHER"}});
  return rules;
}

}  // namespace netctl::kernel
