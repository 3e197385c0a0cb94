#pragma once

#include "modes/host/kind.h"
#include "modes/host/rule.h"
#include "modes/net/address.h"
#include "modes/net/mac.h"
#include "modes/net/tag.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::host {

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

/// The server, its networks and its hosts are written together: each time may cost a new process.
inline constexpr std::string_view kDhcpTogether = "dhcp";
/// The server starts with its hosts in place, and what it must not answer any more is gone before.
enum DhcpOrder : std::uint8_t {
  kDhcpChecksums,
  kRemoveDhcpHosts,
  kRemoveDhcpNetworks,
  kPutDhcpNetworks,
  kPutDhcpHosts,
  kDhcpServer,
};

/// Replies that leave by these get their UDP checksum in software: to a guest of this machine there
/// is no device on the way that would fill it in, and older clients want it.
struct DhcpChecksumsKind {
  using Made = StepTypes<SetDhcpChecksums>;
  static auto& objects(auto& state) { return state.dhcp_checksums; }
  static auto& names(auto& scope) { return scope.dhcp_checksums; }

  static void plan(auto& steps, const Change<InterfaceMatch>& change) {
    steps.add({Phase::Dhcp, kDhcpChecksums}, SetDhcpChecksums{entryChange(change).after});
  }
  static void touched(const SetDhcpChecksums&, bool& named) { named = true; }
  static void carryOut(const SetDhcpChecksums& step, std::optional<InterfaceMatch>& out) {
    out = step.out;
  }
  static Bearing bearing(const SetDhcpChecksums&) { return {}; }
  static void describe(const SetDhcpChecksums& step, Lines& lines);
};

struct DhcpServerKind {
  using Made = StepTypes<SetDhcpServer>;
  static auto& objects(auto& state) { return state.dhcp.server; }
  static auto& names(auto& scope) { return scope.dhcp_server; }

  static void plan(auto& steps, const Change<DhcpServer>& change) {
    steps.add({Phase::Dhcp, kDhcpServer}, SetDhcpServer{entryChange(change).after});
  }
  static void touched(const SetDhcpServer&, bool& named) { named = true; }
  static void carryOut(const SetDhcpServer& step, std::optional<DhcpServer>& server) {
    server = step.server;
  }
  static Bearing bearing(const SetDhcpServer&) { return {.together = kDhcpTogether}; }
  static void describe(const SetDhcpServer& step, Lines& lines);
};

/// By tag.
struct DhcpNetworkKind {
  using Made = StepTypes<SetDhcpNetwork>;
  static auto& objects(auto& state) { return state.dhcp.networks; }
  static auto& names(auto& scope) { return scope.dhcp_networks; }

  static void plan(auto& steps, net::Tag tag, const Change<DhcpNetwork>& change) {
    steps.add({Phase::Dhcp, change.wanted != nullptr ? kPutDhcpNetworks : kRemoveDhcpNetworks},
              SetDhcpNetwork{tag, entryChange(change).after});
  }
  static void touched(const SetDhcpNetwork& step, std::set<net::Tag>& names) {
    names.insert(step.tag);
  }
  static void carryOut(const SetDhcpNetwork& step, std::map<net::Tag, DhcpNetwork>& networks) {
    carryOutAll<net::Tag, DhcpNetwork>({{step.tag, {{}, step.network}}}, networks);
  }
  static Bearing bearing(const SetDhcpNetwork&) { return {.together = kDhcpTogether}; }
  static void describe(const SetDhcpNetwork& step, Lines& lines);
};

/// By MAC.
struct DhcpHostKind {
  using Made = StepTypes<SetDhcpHost>;
  static auto& objects(auto& state) { return state.dhcp.hosts; }
  static auto& names(auto& scope) { return scope.dhcp_hosts; }

  static void plan(auto& steps, const net::MacAddress& mac, const Change<DhcpHost>& change) {
    auto entry = entryChange(change);
    steps.add({Phase::Dhcp, change.wanted != nullptr ? kPutDhcpHosts : kRemoveDhcpHosts},
              SetDhcpHost{mac, std::move(entry.after), std::move(entry.before)});
  }
  static void touched(const SetDhcpHost& step, std::set<net::MacAddress>& names) {
    names.insert(step.mac);
  }
  static void carryOut(const SetDhcpHost& step, std::map<net::MacAddress, DhcpHost>& hosts) {
    carryOutAll<net::MacAddress, DhcpHost>({{step.mac, {{}, step.host}}}, hosts);
  }
  static Bearing bearing(const SetDhcpHost&) { return {.together = kDhcpTogether}; }
  static void describe(const SetDhcpHost& step, Lines& lines);
};

}  // namespace netctl::host
