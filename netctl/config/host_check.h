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
};

/// An IPv4 address of this host.
struct HostAddress {
  std::string interface;
  net::Ipv4Address address;
  bool ours = false;  ///< netctl put it there
};

/// This host's network as the kernel tells it: all that the checks need.
struct HostNetwork {
  std::vector<HostInterface> interfaces;
  std::vector<HostAddress> addresses;
  std::vector<std::string> default_routes = {};  ///< the interfaces by which they leave
};

struct HostCheck {
  std::vector<Problem> problems;  ///< where one is an error, `facts` mean nothing
  HostFacts facts;
};

/// Whether this host can carry the configuration: its interfaces exist and can be reached, and
/// none of its own addresses belongs to the cloud. Pure.
HostCheck checkHost(const Configuration& configuration, const HostNetwork& host);

}  // namespace netctl::config
