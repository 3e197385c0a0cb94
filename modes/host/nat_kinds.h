#pragma once

#include "modes/host/kind.h"
#include "modes/net/address.h"
#include "modes/net/mac.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::host {

/// How public addresses are translated, and the wall behind our chains of iptables: nothing gets to
/// an instance or comes from one that no rule of ours has admitted.
struct NatRules {
  net::Ipv4Prefix subnet;  ///< of all instances: among themselves they keep their addresses
  /// And towards these, where the packet was not for a public address; sorted.
  std::vector<net::Ipv4Prefix> kept;
  /// The host's own public addresses: a socket of the host's comes before a forward of these;
  /// sorted.
  std::vector<net::Ipv4Address> own = {};
  /// The interface by which packets of instances and of other machines come in alike: there a flow
  /// begins with a sender's pair, or not at all. Empty: only instances' packets come in.
  std::string shared_wire = {};
  bool counts_usage = false;  ///< what instances and the outside exchange

  auto operator<=>(const NatRules&) const = default;
};

/// A port of a public address, of TCP or UDP. Without protocol and port it stands for all of the
/// address that is not forwarded, and leads nowhere.
struct PublicPort {
  net::Ipv4Address address;
  std::uint8_t protocol = 0;  ///< its number
  std::uint16_t port = 0;

  auto operator<=>(const PublicPort&) const = default;
};
/// A port of an instance.
struct PrivatePort {
  net::Ipv4Address address;
  std::uint16_t port = 0;

  auto operator<=>(const PrivatePort&) const = default;
};

/// An instance as it sends by a wire that others share.
struct Sender {
  net::Ipv4Address address;
  net::MacAddress mac;

  auto operator<=>(const Sender&) const = default;
};

/// The translation of public addresses to the private ones behind them, and back.
struct Nat {
  std::optional<NatRules> rules;                         ///< absent: no translation at all
  std::map<net::Ipv4Address, net::Ipv4Address> elastic;  ///< public -> private, each but once
  /// Where single ports lead to, of addresses that are not among those above.
  std::map<PublicPort, PrivatePort> forwards = {};
  /// Of a shared wire: all instances.
  std::set<Sender> senders = {};

  bool operator==(const Nat&) const = default;
};

/// All that changes in the translation of public addresses: one transaction. A change of the rules
/// replaces all of them, and comes with all addresses that are to be.
struct EditNat {
  std::optional<EntryChange<NatRules>> rules;
  std::map<net::Ipv4Address, EntryChange<net::Ipv4Address>> elastic;
  std::map<PublicPort, EntryChange<PrivatePort>> forwards = {};
  std::set<Sender> senders_to_add = {};
  std::set<Sender> senders_to_remove = {};
  bool operator==(const EditNat&) const = default;
};
/// Ahead of the tables, so that no rules of a former version go before these stand.
inline constexpr Place kNatPlace{Phase::Tables, 0};

struct NatRulesKind {
  using Made = StepTypes<EditNat>;
  static auto& objects(auto& state) { return state.nat.rules; }
  static auto& names(auto& scope) { return scope.nat_rules; }

  static void plan(auto& steps, const Change<NatRules>& change) {
    steps.template edit<EditNat>(kNatPlace).rules = entryChange(change);
  }
  static void touched(const EditNat& step, bool& named) { named = named || step.rules; }
  static void carryOut(const EditNat& step, std::optional<NatRules>& rules) {
    if (step.rules) rules = step.rules->after;
  }
  static Bearing bearing(const EditNat&) { return {Bearing::Gate::GuardsUnlessConflict}; }
  static void describe(const EditNat& step, Lines& lines);
};

/// By public address.
struct ElasticKind {
  using Made = StepTypes<>;
  using Within = NatRulesKind;
  static auto& objects(auto& state) { return state.nat.elastic; }
  static auto& names(auto& scope) { return scope.elastic; }

  static void plan(auto& steps, net::Ipv4Address address, const Change<net::Ipv4Address>& change) {
    steps.template edit<EditNat>(kNatPlace).elastic[address] = entryChange(change);
  }
  static void touched(const EditNat& step, std::set<net::Ipv4Address>& names);
  static void carryOut(const EditNat& step, std::map<net::Ipv4Address, net::Ipv4Address>& objects) {
    if (step.rules) objects.clear();
    carryOutAll(step.elastic, objects);
  }
  static void describe(const EditNat& step, Lines& lines);
};

/// By public port.
struct ForwardKind {
  using Made = StepTypes<>;
  using Within = NatRulesKind;
  static auto& objects(auto& state) { return state.nat.forwards; }
  static auto& names(auto& scope) { return scope.forwards; }

  static void plan(auto& steps, const PublicPort& port, const Change<PrivatePort>& change) {
    steps.template edit<EditNat>(kNatPlace).forwards[port] = entryChange(change);
  }
  static void touched(const EditNat& step, std::set<PublicPort>& names);
  static void carryOut(const EditNat& step, std::map<PublicPort, PrivatePort>& objects) {
    if (step.rules) objects.clear();
    carryOutAll(step.forwards, objects);
  }
  /// A line for ports that lie side by side and lead to ports that do, too.
  static void describe(const EditNat& step, Lines& lines);
};

struct SenderKind {
  using Made = StepTypes<>;
  using Within = NatRulesKind;
  static auto& objects(auto& state) { return state.nat.senders; }
  static auto& names(auto& scope) { return scope.senders; }

  static void plan(auto& steps, const Change<Sender>& change) {
    auto& step = steps.template edit<EditNat>(kNatPlace);
    if (change.wanted != nullptr) {
      step.senders_to_add.insert(*change.wanted);
    } else {
      step.senders_to_remove.insert(*change.there);
    }
  }
  static void touched(const EditNat& step, std::set<Sender>& names);
  static void carryOut(const EditNat& step, std::set<Sender>& objects);
  static void describe(const EditNat& step, Lines& lines);
};

}  // namespace netctl::host
