#include "tests/support/packet_walk.h"

#include <algorithm>
#include <stdexcept>

namespace netctl::testing {
namespace {

using host::ConntrackMatch;
using host::HostState;
using host::Rule;
using host::SetMatch;
using host::SetMember;
using host::SetType;
using host::Table;

enum class Verdict { None, Accept, Drop };

class Walk {
 public:
  Walk(const HostState& state, const Surroundings& surroundings, const Packet& packet)
      : state_(state), around_(surroundings), packet_(packet) {}

  std::optional<Delivered> run() {
    asked_ = packet_.destination;
    if (!leadToInstance()) builtin(Table::Nat, packet_.in.empty() ? "OUTPUT" : "PREROUTING");
    if (packet_.in.empty()) {
      if (builtin(Table::Filter, "OUTPUT") == Verdict::Drop) return std::nullopt;
    } else if (isOfHost(packet_.destination)) {
      if (builtin(Table::Filter, "INPUT") == Verdict::Drop) return std::nullopt;
      return Delivered{packet_.source, packet_.destination, true, packet_.destination_port};
    } else if (builtin(Table::Filter, "FORWARD") == Verdict::Drop) {
      return std::nullopt;
    }
    out_ = around_.private_subnet.contains(packet_.destination) ? around_.private_interface
                                                                : around_.public_interface;
    if (!bearPublicAddress()) builtin(Table::Nat, "POSTROUTING");
    return Delivered{packet_.source, packet_.destination, false, packet_.destination_port};
  }

 private:
  /// As natTable has it.
  bool leadToInstance() {
    const auto& nat = state_.nat;
    if (!nat.rules) return false;
    if (const auto place = nat.elastic.find(packet_.destination); place != nat.elastic.end()) {
      packet_.destination = place->second;
      translated_ = true;
      return true;
    }
    // No socket of the host is in the way here; but it reaches its own ones itself.
    const bool stays =
        packet_.in.empty() && std::ranges::binary_search(nat.rules->own, packet_.destination);
    const auto port =
        nat.forwards.find({packet_.destination, packet_.protocol, packet_.destination_port});
    // What stands there without a protocol is the rest of an address, which leads nowhere.
    if (stays || packet_.protocol == 0 || port == nat.forwards.end()) return false;
    packet_.destination = port->second.address;
    packet_.destination_port = port->second.port;
    translated_ = true;
    return true;
  }
  bool bearPublicAddress() {
    const auto& rules = state_.nat.rules;
    const auto to = packet_.destination;
    if (!rules || to.value >= 0xe0000000U || asked_ == net::Ipv4Address{0xa9fea9feU}) return false;
    const bool kept = rules->subnet.contains(to) ||
                      std::ranges::any_of(rules->kept, [&](const net::Ipv4Prefix& prefix) {
                        return prefix.contains(to);
                      });
    if (kept && !translated_) return false;
    const auto back = std::ranges::find_if(
        state_.nat.elastic, [&](const auto& entry) { return entry.second == packet_.source; });
    if (back == state_.nat.elastic.end()) return false;
    packet_.source = back->first;
    return true;
  }

  [[nodiscard]] bool isOfHost(net::Ipv4Address address) const {
    return address == around_.public_address ||
           std::ranges::any_of(state_.addresses,
                               [&](const auto& own) { return own.address == address; });
  }

  Verdict builtin(Table table, const std::string& name) {
    const auto jump = state_.jumps.find({table, name});
    return jump == state_.jumps.end() ? Verdict::None : chain(table, jump->second);
  }

  Verdict chain(Table table, const std::string& name) {
    for (const auto& rule : state_.chains.at({table, name})) {
      if (!matches(rule)) continue;
      if (const auto* jump = std::get_if<host::Jump>(&rule.target)) {
        if (const auto verdict = chain(table, jump->chain); verdict != Verdict::None) {
          return verdict;
        }
      } else if (const auto* target = std::get_if<host::Goto>(&rule.target)) {
        return chain(table, target->chain);
      } else if (std::holds_alternative<host::Return>(rule.target)) {
        return Verdict::None;
      } else {
        return end(rule.target);
      }
    }
    return Verdict::None;
  }

  Verdict end(const host::Target& target) {
    if (std::holds_alternative<host::Drop>(target)) return Verdict::Drop;
    if (std::holds_alternative<host::Reset>(target)) return Verdict::Drop;
    if (const auto* dnat = std::get_if<host::Dnat>(&target)) {
      packet_.destination = dnat->to;
      if (dnat->port != 0) packet_.destination_port = dnat->port;
      translated_ = true;
    } else if (std::holds_alternative<host::Masquerade>(target)) {
      packet_.source = masquerade();
    } else if (!std::holds_alternative<host::Accept>(target)) {
      throw std::logic_error("no verdict");
    }
    return Verdict::Accept;
  }

  /// The address of the interface that it leaves by, out of the destination's subnet.
  [[nodiscard]] net::Ipv4Address masquerade() const {
    for (const auto& own : state_.addresses) {
      if (own.interface == out_ &&
          net::prefixOf(own.address, own.length).contains(packet_.destination)) {
        return own.address;
      }
    }
    return around_.public_address;
  }

  static bool matches(const std::optional<host::AddressMatch>& match, net::Ipv4Address address) {
    return !match || (address.value & match->mask.value) == match->value.value;
  }
  static bool matches(const std::optional<host::InterfaceMatch>& match, const std::string& name) {
    return !match || (match->name == name) != match->inverted;
  }

  [[nodiscard]] bool matches(const Rule& rule) const {
    // The kernel reads protocol 0 as any.
    const bool protocol =
        rule.protocol.value_or(0) == 0 || rule.protocol.value_or(0) == packet_.protocol;
    return matches(rule.source, packet_.source) && matches(rule.destination, packet_.destination) &&
           matches(rule.in, packet_.in) && matches(rule.out, out_) && protocol &&
           matchesTransport(rule) && (!rule.conntrack || matches(*rule.conntrack)) &&
           (!rule.connmark || (rule.connmark->value == 0) != rule.connmark->inverted) &&
           (!rule.connlabel || rule.connlabel->set != rule.connlabel->inverted) &&
           (!rule.same_network || ((packet_.source.value ^ packet_.destination.value) &
                                   rule.same_network->mask.value) == 0) &&
           (!rule.set || matches(*rule.set));
  }

  [[nodiscard]] bool matchesTransport(const Rule& rule) const {
    if (rule.ports && !(rule.ports->source.contains(packet_.source_port) &&
                        rule.ports->destination.contains(packet_.destination_port))) {
      return false;
    }
    if (rule.tcp_flags == host::TcpFlags::NotSyn && packet_.syn) return false;
    // It begins a flow.
    if (rule.tcp_flags == host::TcpFlags::Fin) return false;
    if (!rule.icmp) return true;
    return rule.icmp->type == packet_.icmp_type &&
           (!rule.icmp->code || rule.icmp->code == packet_.icmp_code);
  }

  [[nodiscard]] bool matches(const ConntrackMatch& match) const {
    unsigned mine = ConntrackMatch::kNew;
    if (translated_) mine |= ConntrackMatch::kDnat;
    return ((match.states & mine) != 0) != match.inverted && !match.reply_only;
  }

  [[nodiscard]] bool matches(const SetMatch& match) const {
    const auto& set = state_.sets.at(match.set);
    const bool found = std::ranges::any_of(
        set.members, [&](const SetMember& member) { return matches(match, set.type, member); });
    return found != match.inverted;
  }

  [[nodiscard]] net::Ipv4Address side(SetMatch::Direction direction) const {
    return direction == SetMatch::Direction::Source ? packet_.source : packet_.destination;
  }

  [[nodiscard]] bool matches(const SetMatch& match, SetType type, const SetMember& member) const {
    const net::Ipv4Prefix first{member.address, member.length};
    if (!first.contains(side(match.directions.at(0)))) return false;
    switch (type) {
      case SetType::HashIp:
      case SetType::HashNet:
        return true;
      case SetType::HashNetIface:
        return match.directions.at(1) == SetMatch::Direction::Source &&
               packet_.in == member.interface.data();
      case SetType::HashIpPort:
        return isPort(match, member);
      case SetType::HashIpPortNet:
        return isPort(match, member) && net::Ipv4Prefix{member.address2, member.length2}.contains(
                                            side(match.directions.at(2)));
      default:
        throw std::logic_error("no set of ours");
    }
  }

  [[nodiscard]] bool isPort(const SetMatch& match, const SetMember& member) const {
    return packet_.protocol != 0 && packet_.protocol == member.protocol &&
           port(match.directions.at(1)) == member.port;
  }

  /// As ip_set_getport.c takes it out of a packet.
  [[nodiscard]] std::uint16_t port(SetMatch::Direction direction) const {
    switch (packet_.protocol) {
      case 1:
      case 58:
        return static_cast<std::uint16_t>(packet_.icmp_type << 8U | packet_.icmp_code);
      case 6:
      case 17:
      case 132:
      case 136:
        return direction == SetMatch::Direction::Source ? packet_.source_port
                                                        : packet_.destination_port;
      default:
        return 0;
    }
  }

  const HostState& state_;
  const Surroundings& around_;
  Packet packet_;
  net::Ipv4Address asked_;  ///< whom it was sent to
  std::string out_;
  bool translated_ = false;
};

}  // namespace

std::optional<Delivered> walk(const HostState& state, const Surroundings& surroundings,
                              const Packet& packet) {
  return Walk(state, surroundings, packet).run();
}

}  // namespace netctl::testing
