#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/host_state.h"

#include <functional>
#include <string>

namespace netctl {

/// What every mode puts on a node host: its instances' ports. Which bridge they are plugged into is
/// the mode's matter.
class NodeHost {
 public:
  using BridgeOf = std::function<std::string(const cloud::Instance&)>;

  explicit NodeHost(BridgeOf bridge_of) : bridge_of_(std::move(bridge_of)) {}

  void add(const cloud::Cloud& cloud, host::HostState& state) const;
  /// Adds what the changes may have touched, to the scope and, where it is to be now, to the
  /// desired state.
  void addTouched(const cloud::Cloud& cloud, const cloud::Changes& changes,
                  host::Rendering& rendering) const;

 private:
  [[nodiscard]] host::Port portOf(const cloud::Instance& instance) const;

  BridgeOf bridge_of_;
};

/// Whether this host is the instance's node.
bool isHere(const cloud::Settings& settings, const cloud::Instance& instance);

}  // namespace netctl
