#pragma once

#include "modes/host_facts.h"
#include "netctl/config/configuration.h"

#include <string>
#include <vector>

namespace netctl::surroundings {

/// Where the instances are on this host: what makes surroundings a problem or not.
struct Place {
  bool routes = false;         ///< this host is their gateway, with groups and public addresses
  bool has_instances = false;  ///< on its bridges
  bool serves_dhcp = false;
  bool serves_metadata = false;
  bool needs_the_time = false;             ///< signatures and certificates are checked by it
  net::Ipv4Prefix subnet = {};             ///< VNET_SUBNET
  std::vector<net::Ipv4Prefix> pool = {};  ///< VNET_PUBLICIPS
  std::string private_interface = {};      ///< `+` at the end stands for all that begin so
  std::string public_interface = {};
  std::string bridge = {};  ///< VNET_BRIDGE
  /// NETCTL_PUBROUTER: replies of public addresses leave by it, whatever the default route is.
  bool has_public_router = false;
};

Place placeOf(const config::Configuration& configuration, const HostFacts& facts);

}  // namespace netctl::surroundings
