#pragma once

#include "modes/firewall/instance_interface.h"
#include "modes/mode.h"

namespace netctl {

/// What both managed modes put on the cluster host: gateway and elastic addresses, DHCP, groups and
/// NAT. Where a network's instances come in is the mode's matter (firewall::Wiring).
class ClusterHost {
 public:
  ClusterHost(firewall::Wiring wiring, HostFacts facts);

  /// As Mode::render.
  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud) const;
  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud,
                                       const cloud::Changes& changes) const;

 private:
  [[nodiscard]] host::InterfaceAddress gateway(const cloud::Cloud& cloud, net::Tag tag) const;
  [[nodiscard]] host::InterfaceAddress elastic(net::Ipv4Address address) const;
  void touchNetwork(const cloud::Cloud& cloud, net::Tag tag, host::Rendering& rendering) const;
  void touchAddress(const cloud::Cloud& cloud, net::Ipv4Address address,
                    host::Rendering& rendering) const;

  firewall::Wiring wiring_;
  HostFacts facts_;
};

}  // namespace netctl
