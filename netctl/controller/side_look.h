#pragma once

#include "modes/host/area.h"
#include "modes/host/host.h"
#include "modes/mode.h"
#include "netctl/controller/renamed_ports.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace netctl::controller {

/// What a look beside the controller's work found. It is no more than a suspicion: the cloud and
/// the host may have changed meanwhile. Who repairs looks again.
struct Findings {
  host::Areas areas;      ///< that were looked at
  host::Areas differing;  ///< where something is not as desired
  std::optional<Error> error;
  std::chrono::nanoseconds cost{};  ///< of a processor
};

/// A look at whole areas, to be carried out beside the controller's work. What it compares with is
/// its own.
struct SideLook {
  std::shared_ptr<const cloud::Cloud> cloud;
  std::shared_ptr<const Mode> mode;
  RenamedPorts::Names renamed;
  host::Areas areas;
  /// What is known not to be in force, and is tried again anyway.
  host::Scope known;
  /// Devices of ports that have not come yet, of which the kernel tells when they do.
  std::set<std::string> awaited;

  [[nodiscard]] Findings carryOut(host::AreaReader& reader) const;
};

}  // namespace netctl::controller
