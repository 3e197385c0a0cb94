#pragma once

#include "netctl/config/configuration.h"

#include <filesystem>

namespace netctl::daemon {

/// The exit status where a start at another time would end the same way: the configuration is
/// wrong, or the store cannot be used. EX_CONFIG of sysexits.h, so that a supervisor can tell.
constexpr int kUnusable = 78;

struct ServeOptions {
  std::filesystem::path path;   ///< where the configuration came from, for reloads
  bool accept_overlap = false;  ///< somebody else may have addresses of a new VNET_SUBNET
};

/// Runs the daemon of a configuration until SIGTERM or SIGINT. Gives the process' exit code. Errors
/// are logged.
int serve(const config::Configuration& configuration, const ServeOptions& options);

/// Ends the DHCP server and the metadata server, and removes all that is ours from this host but
/// the state directory.
int purge(const config::Configuration& configuration);

}  // namespace netctl::daemon
