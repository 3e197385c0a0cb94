#pragma once

#include "modes/host/host_state.h"

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace netctl::host {

/// The order of a plan. What shrinks comes before what grows where it opens something, after it
/// where others need it: a port closes first and opens last; addresses leave before their NAT
/// rules; sets come before the rules that name them and go after.
enum class Phase {
  ClosePorts,
  RemoveAddresses,
  Sysctls,
  Guards,
  AddSegments,
  AddSets,  ///< new sets, and members that are added
  RemoveMembers,
  Tables,
  RemoveSets,
  RemoveSegments,
  AddAddresses,
  Dhcp,
  Announce,
  OpenPorts,
};
std::string_view format(Phase phase);

struct SetSysctl {
  std::string name;
  std::string value;
  bool operator==(const SetSysctl&) const = default;
};
struct OpenPort {
  std::string device;
  Port port;
  bool operator==(const OpenPort&) const = default;
};
struct ClosePort {
  std::string device;
  Port port;  ///< as observed
  bool operator==(const ClosePort&) const = default;
};
/// A new segment, or one that is not as it should be.
struct AddSegment {
  net::Tag tag;
  Segment segment;
  bool operator==(const AddSegment&) const = default;
};
struct RemoveSegment {
  net::Tag tag;
  Segment segment;  ///< as observed
  bool operator==(const RemoveSegment&) const = default;
};
struct AddRedirect {
  std::string device;
  IngressRedirect redirect;
  bool operator==(const AddRedirect&) const = default;
};
struct RemoveRedirect {
  std::string device;
  IngressRedirect redirect;  ///< as observed
  bool operator==(const RemoveRedirect&) const = default;
};
/// What becomes of one entry of a table: absent before is new, absent after goes.
template <class T>
struct EntryChange {
  std::optional<T> before;
  std::optional<T> after;
  bool operator==(const EntryChange&) const = default;
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
struct AddAddress {
  InterfaceAddress address;
  bool operator==(const AddAddress&) const = default;
};
struct RemoveAddress {
  InterfaceAddress address;
  bool operator==(const RemoveAddress&) const = default;
};
/// A new set, filled before anything names it.
struct CreateSet {
  std::string name;
  Set set;
  bool operator==(const CreateSet&) const = default;
};
struct DestroySet {
  std::string name;
  bool operator==(const DestroySet&) const = default;
};
struct AddMembers {
  std::string set;
  SetType type = SetType::HashIp;
  std::vector<SetMember> members;
  bool operator==(const AddMembers&) const = default;
};
struct RemoveMembers {
  std::string set;
  SetType type = SetType::HashIp;
  std::vector<SetMember> members;
  bool operator==(const RemoveMembers&) const = default;
};
/// All that changes in one table: one commit.
struct EditTable {
  Table table = Table::Filter;
  std::map<std::string, Chain> put;          ///< chains that are new or get these rules
  std::set<std::string> remove;              ///< chains that go
  std::map<std::string, std::string> jumps;  ///< built-in chain -> ours: to be its first rule
  std::set<std::string> remove_jumps;        ///< built-in chains that lose ours
  bool operator==(const EditTable&) const = default;
};
/// All that changes in the translation of public addresses: one transaction. A change of the rules
/// replaces all of them, and comes with all addresses that are to be.
struct EditNat {
  std::optional<EntryChange<NatRules>> rules;
  std::map<net::Ipv4Address, EntryChange<net::Ipv4Address>> elastic;
  bool operator==(const EditNat&) const = default;
};
struct SetDhcpChecksums {
  std::optional<InterfaceMatch> out;  ///< absent: none
  bool operator==(const SetDhcpChecksums&) const = default;
};
/// Starts the DHCP server, restarts it with other options, or (absent) ends it.
struct SetDhcpServer {
  std::optional<DhcpServer> server;
  bool operator==(const SetDhcpServer&) const = default;
};
struct SetDhcpNetwork {
  net::Tag tag;
  std::optional<DhcpNetwork> network;  ///< absent: goes
  bool operator==(const SetDhcpNetwork&) const = default;
};
struct SetDhcpHost {
  net::MacAddress mac;
  std::optional<DhcpHost> host;    ///< absent: goes, and its lease with it
  std::optional<DhcpHost> former;  ///< what it had; the lease of a former address is freed
  bool operator==(const SetDhcpHost&) const = default;
};
/// Tells the neighbours who has an address now (RFC 5227 announcement, request and reply form).
struct Announce {
  InterfaceAddress address;
  bool operator==(const Announce&) const = default;
};

using Action = std::variant<SetSysctl, OpenPort, ClosePort, AddSegment, RemoveSegment, AddRedirect,
                            RemoveRedirect, EditGuards, AddAddress, RemoveAddress, CreateSet,
                            DestroySet, AddMembers, RemoveMembers, EditTable, EditNat,
                            SetDhcpChecksums, SetDhcpServer, SetDhcpNetwork, SetDhcpHost, Announce>;

struct Step {
  Phase phase = Phase::Sysctls;
  Action action;
  bool operator==(const Step&) const = default;
};

/// Steps in the order of their phases.
struct Plan {
  std::vector<Step> steps;

  [[nodiscard]] bool empty() const { return steps.empty(); }
  bool operator==(const Plan&) const = default;
};

/// The steps that lead from observed to desired. Both are of one scope: an object that is only
/// observed goes. Equal states give an empty plan. Ports, when gone from desired, are closed and
/// never deleted.
Plan diff(const HostState& desired, const HostState& observed);

/// The parts of a host that a plan touches: what the second look reads.
Scope scopeOf(const Plan& plan);

/// The part of a state that a scope names.
HostState restrict(const HostState& state, const Scope& scope);

}  // namespace netctl::host
