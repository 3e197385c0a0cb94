#pragma once

#include "modes/mode.h"

namespace netctl {

/// SYSTEM: the site gives addresses and routes. Nothing on the cluster host; a node host's
/// instances are ports of VNET_BRIDGE, and what is learned of their addresses goes into their
/// guards.
class System : public Mode {
 public:
  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud) const override;
  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud,
                                       const cloud::Changes& changes) const override;
};

}  // namespace netctl
