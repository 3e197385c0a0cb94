#pragma once

#include "netctl/controller/events.h"
#include "netctl/controller/status.h"

#include <map>
#include <string>
#include <vector>

namespace netctl::controller {

/// Tells by events when something is not in force, and when it is again.
class InForceEvents {
 public:
  /// What is not in force now. Without the ports that wait for their device: that a machine is off
  /// is no event.
  void update(const std::vector<NotInForce>& left, EventLog& events);

 private:
  std::map<std::string, std::string> reasons_;  ///< by object
};

}  // namespace netctl::controller
