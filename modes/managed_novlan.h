#pragma once

#include "modes/cluster_host.h"
#include "modes/mode.h"

namespace netctl {

/// MANAGED-NOVLAN: every group has a network of its own, and all networks share one wire. Gateway
/// addresses stand on the private interface; instances of this host are ports of VNET_BRIDGE.
class ManagedNoVlan : public Mode {
 public:
  explicit ManagedNoVlan(const HostFacts& facts);

  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud) const override;
  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud,
                                       const cloud::Changes& changes) const override;

 private:
  ClusterHost cluster_host_;
};

}  // namespace netctl
