#pragma once

#include "dhcp/server_status.h"
#include "modes/cloud/commands.h"
#include "modes/cloud/node_report.h"
#include "modes/host/area.h"
#include "modes/host/describe.h"
#include "netctl/controller/problem.h"
#include "netctl/metadata/files/server_status.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::controller {

/// A part of a committed change that the host does not hold yet.
struct NotInForce {
  std::string object;  ///< as in a plan's step
  std::string reason;
  bool retryable = true;
  bool waits_for_device = false;  ///< a port whose device is not there: nothing is wrong
};

using cloud::PortState;
using cloud::PortStatus;

/// What a submitted command did.
struct Applied {
  cloud::Outcome outcome;
  std::vector<NotInForce> not_in_force;     ///< empty: in force
  std::vector<host::StepDescription> plan;  ///< with dry_run: what would be done
};

/// How it stands with the host, for `status`.
struct Status {
  std::chrono::system_clock::time_point started;
  std::chrono::system_clock::time_point last_audit;
  std::chrono::milliseconds audit_period{};  ///< to the next one
  std::vector<NotInForce> not_in_force;
  dhcp::ServerStatus dhcp;
  metadata::ServerStatus metadata;
  /// Repairs of what others change are held back so long; absent: they are not.
  std::optional<std::chrono::system_clock::time_point> paused_until;
  host::Areas held;                  ///< that differ meanwhile
  std::vector<std::string> notices;  ///< of the configuration and the host
  std::vector<Problem> problems;     ///< the worst first
};

/// For who watches over this host: all that can be in force is, and no problem is an error.
bool isHealthy(const Status& status);
/// What keeps it from being healthy, a line for each.
std::string unhealthyText(const Status& status);

}  // namespace netctl::controller
