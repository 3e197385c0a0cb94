#pragma once

#include "netctl/controller/events.h"
#include "netctl/controller/metrics.h"
#include "netctl/controller/nodes.h"
#include "netctl/controller/status.h"
#include "netctl/controller/usage.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace netctl::controller {

/// What readers see: the cloud and the host between two batches. Valid during the call only.
struct View {
  const cloud::Cloud& cloud;
  const std::map<cloud::InstanceId, PortStatus>& ports;
  const Status& status;
  const std::map<std::string, NodeStatus>& nodes;
  const EventLog& events;
  const Metrics& metrics;
  std::uint64_t revision;  ///< of the cloud: counts its changes since the start
  const Usage& usage;
  /// The second ports of instances that migrate.
  const std::map<cloud::InstanceId, PortStatus>& arriving;
};

/// What became of a command.
using Reply = std::function<void(const View&, Result<Applied>)>;

}  // namespace netctl::controller
