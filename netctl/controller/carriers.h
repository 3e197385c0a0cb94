#pragma once

#include "modes/host/host_state.h"

#include <set>
#include <string>

namespace netctl::controller {

/// The devices on which something of a state stands: what happens to one of them may have taken
/// addresses, ports or redirects with it.
struct Carriers {
  std::set<std::string> own;     ///< that we make: those of segments
  std::set<std::string> shared;  ///< that others have made

  void merge(const Carriers& more);
};

Carriers carriersOf(const host::HostState& state);

/// What of a state stands on these devices.
host::Scope standingOn(const host::HostState& state, const std::set<std::string>& devices);

}  // namespace netctl::controller
