#pragma once

#include "modes/host/kind.h"
#include "modes/net/address.h"
#include "modes/net/mac.h"
#include "modes/net/tag.h"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace netctl::host {

/// What one instance may send and get at its port.
struct Guard {
  net::MacAddress mac;
  std::optional<net::Ipv4Address> address;  ///< absent: not known yet, any is let pass
  std::optional<net::Tag> network = {};     ///< with parting: the one that it is kept in
  bool migrates = false;  ///< it may be on another host yet, or already: frames of its MAC come in

  auto operator<=>(const Guard&) const = default;
};

/// Which frames the guards let pass at all ports.
struct GuardRules {
  std::string shared_bridge;  ///< others have ports on it too; empty: none
  std::string own_bridges;    ///< prefix of the names of bridges that we made; empty: none
  net::MacPrefix mac_prefix;  ///< such a MAC is an instance's, at whatever port of a shared bridge
  bool ipv6 = false;          ///< passes, but for router advertisements
  bool parts_networks = false;  ///< frames stay in their network, or come from the gateway
  /// With parting: what comes from no instance and bears none of these reaches none. Empty where
  /// they are not known: then it must come by `uplink`, and where that is empty too it passes.
  std::set<net::MacAddress> gateway_macs = {};
  std::string uplink = {};  ///< the port of the shared bridge that the gateway is behind
  /// With parting: the gateway is this host, which may translate a packet within the bridge and
  /// hand it to a port with the asker's MAC (br_netfilter).
  bool is_gateway = false;

  auto operator<=>(const GuardRules&) const = default;
};

struct Guards {
  std::optional<GuardRules> rules;     ///< absent: no guards at all
  std::map<std::string, Guard> ports;  ///< by device
  /// Of instances whose device has not been seen: they may use any port that is nobody else's.
  std::map<net::MacAddress, Guard> unseen;
  /// With parting: every instance of these networks, wherever it runs.
  std::map<net::MacAddress, net::Tag> members;

  bool operator==(const Guards&) const = default;
};

/// All that changes in the guards: one transaction. A change of the rules replaces all of them, and
/// comes with all ports and members that are to be.
struct EditGuards {
  std::optional<EntryChange<GuardRules>> rules;
  std::map<std::string, EntryChange<Guard>> ports;
  std::map<net::MacAddress, EntryChange<Guard>> unseen;
  std::map<net::MacAddress, EntryChange<net::Tag>> members;
  bool operator==(const EditGuards&) const = default;
};

struct GuardRulesKind {
  using Made = StepTypes<EditGuards>;
  static auto& objects(auto& state) { return state.guards.rules; }
  static auto& names(auto& scope) { return scope.guard_rules; }

  static void plan(auto& steps, const Change<GuardRules>& change) {
    steps.template edit<EditGuards>({Phase::Guards}).rules = entryChange(change);
  }
  static void touched(const EditGuards& step, bool& named) { named = named || step.rules; }
  static void carryOut(const EditGuards& step, std::optional<GuardRules>& rules) {
    if (step.rules) rules = step.rules->after;
  }
  static Bearing bearing(const EditGuards&) { return {Bearing::Gate::Guards}; }
  static void describe(const EditGuards& step, Lines& lines);
};

/// By device.
struct PortGuardKind {
  using Made = StepTypes<>;
  using Within = GuardRulesKind;
  static auto& objects(auto& state) { return state.guards.ports; }
  static auto& names(auto& scope) { return scope.guards; }

  static void plan(auto& steps, const std::string& device, const Change<Guard>& change) {
    steps.template edit<EditGuards>({Phase::Guards}).ports[device] = entryChange(change);
  }
  static void touched(const EditGuards& step, std::set<std::string>& names);
  static void carryOut(const EditGuards& step, std::map<std::string, Guard>& objects) {
    if (step.rules) objects.clear();
    carryOutAll(step.ports, objects);
  }
  static void describe(const EditGuards& step, Lines& lines);
};

/// By MAC.
struct UnseenGuardKind {
  using Made = StepTypes<>;
  using Within = GuardRulesKind;
  static auto& objects(auto& state) { return state.guards.unseen; }
  static auto& names(auto& scope) { return scope.unseen_guards; }

  static void plan(auto& steps, const net::MacAddress& mac, const Change<Guard>& change) {
    steps.template edit<EditGuards>({Phase::Guards}).unseen[mac] = entryChange(change);
  }
  static void touched(const EditGuards& step, std::set<net::MacAddress>& names);
  static void carryOut(const EditGuards& step, std::map<net::MacAddress, Guard>& objects) {
    if (step.rules) objects.clear();
    carryOutAll(step.unseen, objects);
  }
  static void describe(const EditGuards& step, Lines& lines);
};

/// By MAC.
struct GuardMemberKind {
  using Made = StepTypes<>;
  using Within = GuardRulesKind;
  static auto& objects(auto& state) { return state.guards.members; }
  static auto& names(auto& scope) { return scope.guard_members; }

  static void plan(auto& steps, const net::MacAddress& mac, const Change<net::Tag>& change) {
    steps.template edit<EditGuards>({Phase::Guards}).members[mac] = entryChange(change);
  }
  static void touched(const EditGuards& step, std::set<net::MacAddress>& names);
  static void carryOut(const EditGuards& step, std::map<net::MacAddress, net::Tag>& objects) {
    if (step.rules) objects.clear();
    carryOutAll(step.members, objects);
  }
  static void describe(const EditGuards& step, Lines& lines);
};

}  // namespace netctl::host
