#pragma once

#include "modes/cloud/learned.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::cloud {

/// How an instance's port stands, in the words that callers and other hosts read.
enum class PortState { Waiting, Open, Failed };
std::string_view format(PortState state);
std::optional<PortState> parsePortState(std::string_view text);

/// Whether an instance's port is plugged, and if not, why.
struct PortStatus {
  PortState state = PortState::Waiting;
  std::string reason;

  bool operator==(const PortStatus&) const = default;
};

/// What a node host says of its part of the cloud: all of it, each time.
struct NodeReport {
  std::uint64_t revision = 0;             ///< the newest that it has carried out
  std::vector<std::string> not_in_force;  ///< what of it is not, but for ports, and why
  std::map<InstanceId, PortStatus> ports;
  LearnedAddresses addresses;  ///< of these, in SYSTEM; elsewhere absent

  bool operator==(const NodeReport&) const = default;
};

}  // namespace netctl::cloud
