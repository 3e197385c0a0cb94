#pragma once

#include "modes/mode.h"

#include <optional>

namespace netctl {

/// STATIC: VNET_MACMAP gives MACs and addresses, and the site routes. The cluster host is the
/// instances' DHCP server and nothing else; a node host's instances are ports of VNET_BRIDGE.
class Static : public Mode {
 public:
  Static(const cloud::Settings& settings, const HostFacts& facts);

  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud) const override;
  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud,
                                       const cloud::Changes& changes) const override;

 private:
  std::optional<HostFacts> cluster_host_;  ///< absent on a host that is a node only
};

}  // namespace netctl
