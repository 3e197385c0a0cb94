#pragma once

#include "modes/cluster_host.h"
#include "modes/mode.h"

#include <optional>
#include <string>

namespace netctl {

/// MANAGED-NOVLAN: every group has a network of its own, and all networks share one wire. Gateway
/// addresses stand on the cluster host's private interface; a node host's instances are ports of
/// VNET_BRIDGE.
class ManagedNoVlan : public Mode {
 public:
  ManagedNoVlan(const cloud::Settings& settings, const HostFacts& facts);

  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud) const override;
  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud,
                                       const cloud::Changes& changes) const override;

 private:
  std::optional<ClusterHost> cluster_host_;  ///< absent on a host that is a node only
  std::string bridge_;                       ///< with the gateway addresses
  std::string port_;                         ///< of that, towards other hosts; empty: not known
};

}  // namespace netctl
