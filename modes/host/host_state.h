#pragma once

#include "modes/host/rule.h"
#include "modes/net/address.h"
#include "modes/net/mac.h"
#include "modes/net/tag.h"

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What a host's kernel and DHCP server hold of ours. One type for the desired and the observed.
namespace netctl::host {

/// An instance's network device that is to be, or is, a port of a bridge.
/// Ours is known by an alternative name of the device, `nc_<instance id>`.
struct Port {
  std::string instance;  ///< canonical instance id
  std::string bridge;    ///< empty when observed outside any bridge
  bool up = true;
  /// Frames may leave by the port that they came in. Where br_netfilter is on, an instance's packet
  /// to its own public address is translated and turned around in the bridge itself.
  bool hairpin = true;

  auto operator<=>(const Port&) const = default;
};

/// A network's own wire on this host: a VLAN device on the trunk, in a bridge of its own. Ours are
/// known by their device group.
struct Segment {
  std::string trunk;
  std::string vlan_device;
  std::string bridge;
  std::uint32_t mtu = 1500;  ///< of the trunk, and so of both

  auto operator<=>(const Segment&) const = default;
};

/// At a bridge's port towards other hosts (its key): IPv4 frames from instances to the bridge's own
/// MAC are taken in as the bridge's, not through it. Where br_netfilter is on, a packet that came
/// through a bridge and, translated, leaves by the same port of it is dropped.
struct IngressRedirect {
  std::string bridge;
  net::Ipv4Prefix source;  ///< of instances

  auto operator<=>(const IngressRedirect&) const = default;
};

/// What one instance may send and get at its port.
struct Guard {
  net::MacAddress mac;
  std::optional<net::Ipv4Address> address;  ///< absent: not known yet, any is let pass
  std::optional<net::Tag> network;          ///< with parting: the one that it is kept in

  auto operator<=>(const Guard&) const = default;
};

/// Which frames the guards let pass at all ports.
struct GuardRules {
  std::string shared_bridge;  ///< others have ports on it too; empty: none
  std::string own_bridges;    ///< prefix of the names of bridges that we made; empty: none
  net::MacPrefix mac_prefix;  ///< such a MAC is an instance's, at whatever port of a shared bridge
  bool ipv6 = false;          ///< passes, but for router advertisements
  bool parts_networks = false;  ///< frames stay in their network, or come from outside

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

/// An IPv4 address of ours on an interface; ours is known by its protocol number (IFA_PROTO).
struct InterfaceAddress {
  std::string interface;
  net::Ipv4Address address;
  std::uint8_t length = 32;

  auto operator<=>(const InterfaceAddress&) const = default;
};

/// How public addresses are translated.
struct NatRules {
  net::Ipv4Prefix subnet;  ///< of all instances: among themselves they keep their addresses
  /// And towards these, where the packet was not for a public address; sorted.
  std::vector<net::Ipv4Prefix> kept;

  auto operator<=>(const NatRules&) const = default;
};

/// The translation of public addresses to the private ones behind them, and back.
struct Nat {
  std::optional<NatRules> rules;                         ///< absent: no translation at all
  std::map<net::Ipv4Address, net::Ipv4Address> elastic;  ///< public -> private, each but once

  bool operator==(const Nat&) const = default;
};

/// The ipset types that we use, named as ipset(8) names them. Other is only ever observed: a set
/// that bears our name and was not made by us (another type, or options like a timeout), so it is
/// replaced or goes; its members are not read.
enum class SetType { HashIp, HashNet, HashNetIface, HashIpPort, HashIpPortNet, Other };
std::string_view format(SetType type);

/// A member of a set of any of these types; what a type does not have keeps its default.
struct SetMember {
  net::Ipv4Address address;           ///< first dimension
  std::uint8_t length = 32;           ///< of the first dimension, in HashNet and HashNetIface
  std::uint8_t protocol = 0;          ///< with a port: IP protocol number
  std::uint16_t port = 0;             ///< port; ICMP: type << 8 | code; other protocols: 0
  net::Ipv4Address address2;          ///< last dimension of HashIpPortNet
  std::uint8_t length2 = 32;          ///< of address2
  std::array<char, 16> interface {};  ///< in HashNetIface, NUL-padded

  auto operator<=>(const SetMember&) const = default;
};
std::string format(SetType type, const SetMember& member);

/// `members` is sorted and has no member twice.
struct Set {
  SetType type = SetType::HashIp;
  std::vector<SetMember> members;

  bool operator==(const Set&) const = default;
};

/// What the DHCP server answers one MAC with.
struct DhcpHost {
  net::Ipv4Address address;
  net::Tag tag;          ///< of the network whose options it gets
  std::string hostname;  ///< a DNS label

  auto operator<=>(const DhcpHost&) const = default;
};

/// The options that are one network's own.
struct DhcpNetwork {
  net::Ipv4Address router;

  auto operator<=>(const DhcpNetwork&) const = default;
};

/// The DHCP server itself; a change of it is a restart.
struct DhcpServer {
  net::Ipv4Prefix range;                ///< one static range over all networks
  net::Ipv4Address netmask;             ///< of each of them: they are all of one size
  std::vector<std::string> interfaces;  ///< where it answers
  net::Ipv4Address dns;
  std::string domain_name;
  std::uint32_t lease_seconds = 86400;
  std::uint32_t mtu = 1500;

  auto operator<=>(const DhcpServer&) const = default;
};

struct Dhcp {
  std::optional<DhcpServer> server;
  std::map<net::Tag, DhcpNetwork> networks;
  std::map<net::MacAddress, DhcpHost> hosts;

  bool operator==(const Dhcp&) const = default;
};

/// All of it, or the part of it that a Scope names.
struct HostState {
  std::map<std::string, std::string> sysctls;  ///< name with dots -> value
  std::map<std::string, Port> ports;           ///< by device
  std::map<net::Tag, Segment> segments;
  std::map<std::string, IngressRedirect> redirects;  ///< by device
  Guards guards;
  std::set<InterfaceAddress> addresses;
  std::map<std::string, Set> sets;       ///< by name, `nc_...`
  std::map<ChainId, Chain> chains;       ///< our own, `NC_...`
  std::map<ChainId, std::string> jumps;  ///< built-in chain -> the chain of ours that it jumps to
  Nat nat;
  /// DHCP replies that leave by these get their UDP checksum in software: to a guest of this
  /// machine there is no device on the way that would fill it in, and older clients want it.
  std::optional<InterfaceMatch> dhcp_checksums;
  Dhcp dhcp;

  bool operator==(const HostState&) const = default;
};

/// Which part of a host state is meant. An object that is in the scope and not in the state does
/// not exist.
struct Scope {
  bool everything = false;
  std::set<std::string> sysctls;
  std::set<std::string> ports;  ///< devices
  std::set<net::Tag> segments;
  std::set<std::string> redirects;  ///< devices
  bool guard_rules = false;
  std::set<std::string> guards;  ///< devices
  std::set<net::MacAddress> unseen_guards;
  std::set<net::MacAddress> guard_members;
  std::set<InterfaceAddress> addresses;
  std::set<std::string> sets;                          ///< whole sets: existence and all members
  std::map<std::string, std::set<SetMember>> members;  ///< single members of sets that exist
  std::set<ChainId> chains;
  /// All chains of a table whose names begin so: the parts of a trie.
  std::set<ChainId> chain_families;
  std::set<ChainId> jumps;  ///< of these built-in chains
  bool nat_rules = false;
  std::set<net::Ipv4Address> elastic;  ///< public addresses
  bool dhcp_checksums = false;
  bool dhcp_server = false;
  std::set<net::Tag> dhcp_networks;
  std::set<net::MacAddress> dhcp_hosts;

  [[nodiscard]] bool touches(Table table) const;
  void merge(const Scope& other);
  /// True where both mean some same part.
  [[nodiscard]] bool overlaps(const Scope& other) const;
  [[nodiscard]] bool empty() const;

  bool operator==(const Scope&) const = default;
};

/// A part of the desired state, and which part it is.
struct Rendering {
  HostState desired;
  Scope scope;
};
/// Nothing of ours, anywhere: where a full rendering begins.
inline Rendering everything() {
  Rendering rendering;
  rendering.scope.everything = true;
  return rendering;
}

}  // namespace netctl::host
