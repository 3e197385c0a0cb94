#pragma once

#include "modes/mode.h"
#include "modes/net/mac.h"
#include "netctl/config/configuration.h"

#include <cstdint>
#include <string>
#include <vector>

namespace netctl::config {

/// A network interface of this host.
struct HostInterface {
  std::string name;
  bool is_bridge = false;
  std::string master;  ///< the device that it is a port of; empty: none
  std::uint32_t mtu = 1500;
  net::MacAddress mac;

  bool operator==(const HostInterface&) const = default;
};

/// An IPv4 address of this host.
struct HostAddress {
  std::string interface;
  net::Ipv4Address address;
  bool ours = false;  ///< netctl put it there

  bool operator==(const HostAddress&) const = default;
};

/// An IPv4 route of this host that is not the default one, nor that of a single address of its own.
struct HostRoute {
  net::Ipv4Prefix prefix;
  std::string interface;
  bool ours = false;  ///< it came with an address that netctl put there

  bool operator==(const HostRoute&) const = default;
};

/// This host's network as the kernel tells it: all that the checks need.
struct HostNetwork {
  std::vector<HostInterface> interfaces;
  std::vector<HostAddress> addresses;
  std::vector<HostRoute> routes = {};

  bool operator==(const HostNetwork&) const = default;
};

/// What this host does not have of what a configuration needs, or has beside it. It may end by
/// itself, as when an interface comes.
struct HostCondition {
  std::string key;          ///< of the configuration
  std::string object;       ///< as `interface eth1`
  std::string what;         ///< what is the matter
  std::string consequence;  ///< what does not work because of it
  std::string remedy;       ///< what to do
  /// Somebody else has addresses of the private subnet.
  bool is_overlap = false;
};

struct HostCheck {
  std::vector<Problem> notices;
  std::vector<HostCondition> conditions;
  /// As far as the conditions let it be known.
  HostFacts facts;
  std::vector<cloud::Taken> taken;  ///< of the private subnet and the public pool
  /// The host's own on its public interface, ascending; none that a pool has.
  std::vector<net::Ipv4Address> public_addresses = {};
};

/// How far this host can carry the configuration: its interfaces exist and can be reached, and none
/// of its own addresses and routes belongs to the cloud. Pure.
HostCheck checkHost(const Configuration& configuration, const HostNetwork& host);

}  // namespace netctl::config
