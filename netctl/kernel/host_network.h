#pragma once

#include "modes/net/address.h"
#include "netctl/kernel/links.h"

#include <map>
#include <string>
#include <vector>

namespace netctl::kernel {

/// An IPv4 address of this host, whoever made it.
struct HostAddress {
  std::string interface;
  net::Ipv4Address address;
  std::uint8_t length = 32;
  std::uint8_t protocol = 0;  ///< IFA_PROTO; host::kAddressProtocol: ours

  bool operator==(const HostAddress&) const = default;
};

/// The network devices and addresses that a host has before we do anything: what a configuration is
/// checked against.
struct HostNetwork {
  std::map<std::string, Link> links;  ///< by name, which is no alternative name
  std::vector<HostAddress> addresses;

  /// The device that this one is a port of, or null.
  [[nodiscard]] const Link* masterOf(const Link& link) const;
};

Result<HostNetwork> readHostNetwork();

}  // namespace netctl::kernel
