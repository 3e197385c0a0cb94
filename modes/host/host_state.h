#pragma once

#include "modes/host/address_kind.h"
#include "modes/host/chain_kinds.h"
#include "modes/host/dhcp_kinds.h"
#include "modes/host/guard_kinds.h"
#include "modes/host/metadata_kinds.h"
#include "modes/host/nat_kinds.h"
#include "modes/host/port_kind.h"
#include "modes/host/router_kind.h"
#include "modes/host/rule.h"
#include "modes/host/segment_kinds.h"
#include "modes/host/set_kind.h"
#include "modes/host/sysctl_kind.h"

#include <map>
#include <optional>
#include <set>
#include <string>

/// What a host's kernel, DHCP server and metadata server hold of ours. One type for the desired and
/// the observed. Each kind of object is told in a header of its own: its value, its steps, its row
/// (kind.h).
namespace netctl::host {

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
  std::set<std::string> sets;  ///< whole sets: existence and all members
  MembersBySet members;        ///< single members of sets that exist
  std::set<ChainId> chains;
  /// All chains of a table whose names begin so: the parts of a trie.
  std::set<ChainId> chain_families;
  std::set<ChainId> jumps;  ///< of these built-in chains
  bool nat_rules = false;
  std::set<net::Ipv4Address> elastic;  ///< public addresses
  std::set<PublicPort> forwards;
  std::set<Sender> senders;
  bool public_router = false;
  bool dhcp_checksums = false;
  bool dhcp_server = false;
  std::set<net::Tag> dhcp_networks;
  std::set<net::MacAddress> dhcp_hosts;
  std::set<net::Ipv4Address> metadata_documents;
  bool metadata_server = false;

  Scope();
  Scope(const Scope& other);
  Scope(Scope&& other) noexcept;
  Scope& operator=(const Scope& other);
  Scope& operator=(Scope&& other) noexcept;
  ~Scope();

  [[nodiscard]] bool touches(Table table) const;
  void merge(const Scope& other);
  /// True where both mean some same part.
  [[nodiscard]] bool overlaps(const Scope& other) const;
  /// True where the other means nothing beyond this.
  [[nodiscard]] bool covers(const Scope& other) const;
  [[nodiscard]] bool empty() const;

  bool operator==(const Scope&) const;
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
  std::optional<PublicRouter> public_router;
  /// DHCP replies that leave by these get their UDP checksum in software.
  std::optional<InterfaceMatch> dhcp_checksums;
  Dhcp dhcp;
  Metadata metadata;

  /// Objects of an observed state that are not as we write them: half made, changed by somebody, or
  /// somebody else's under a name of ours. The state has of each what could be read, which equals
  /// nothing desired: it is made anew, or goes.
  Scope foreign;

  HostState();
  HostState(const HostState& other);
  HostState(HostState&& other) noexcept;
  HostState& operator=(const HostState& other);
  HostState& operator=(HostState&& other) noexcept;
  ~HostState();

  bool operator==(const HostState&) const;
};

/// The table of all kinds, in the order in which one step tells of them.
using HostKinds =
    Rows<SysctlKind, PortKind, SegmentKind, RedirectKind, GuardRulesKind, PortGuardKind,
         UnseenGuardKind, GuardMemberKind, AddressKind, SetKind, ChainKind, JumpKind, NatRulesKind,
         ElasticKind, ForwardKind, SenderKind, PublicRouterKind, DhcpChecksumsKind, DhcpServerKind,
         DhcpNetworkKind, DhcpHostKind, MetadataDocumentKind, MetadataServerKind>;

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
