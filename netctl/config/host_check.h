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
  std::string master;  ///< whose port it is; empty: nobody's
  std::uint32_t mtu = 1500;
  net::MacAddress mac;
};

/// An IPv4 address of this host.
struct HostAddress {
  std::string interface;
  net::Ipv4Address address;
  bool ours = false;  ///< netctl put it there
};

/// What the checks must know of this host, read from the kernel.
struct HostNetwork {
  std::vector<HostInterface> interfaces;
  std::vector<HostAddress> addresses;
};

struct HostCheck {
  std::vector<Problem> problems;  ///< where one is an error, `facts` mean nothing
  HostFacts facts;
};

/// Whether this host can carry the configuration: its interfaces exist and can be reached, and its
/// own addresses are none of the cloud's. Pure.
HostCheck checkHost(const Configuration& configuration, const HostNetwork& host);

}  // namespace netctl::config
