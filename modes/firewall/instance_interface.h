#pragma once

#include "modes/net/tag.h"

#include <string>

namespace netctl::firewall {

/// How instances are wired to the cluster host.
struct Wiring {
  /// Where all instances' packets come in: a name; or a pattern with `+` at its end, which stands
  /// for the network's tag.
  std::string instance_interface;
  /// VNET_DNS is an address of this host.
  bool dns_is_local = false;

  /// Where the packets of one network's instances come in, and where its gateway address stands.
  [[nodiscard]] std::string interfaceOf(net::Tag network) const {
    if (!instance_interface.ends_with('+')) return instance_interface;
    return instance_interface.substr(0, instance_interface.size() - 1) +
           std::to_string(network.value);
  }
};

}  // namespace netctl::firewall
