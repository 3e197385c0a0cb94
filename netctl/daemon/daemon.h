#pragma once

#include "netctl/config/configuration.h"

#include <filesystem>

namespace netctl::daemon {

/// Runs the daemon of a configuration until SIGTERM or SIGINT; `path` is where it came from, for
/// reloads. Gives the process' exit code. Errors are logged.
int serve(const std::filesystem::path& path, const config::Configuration& configuration);

/// Ends the DHCP server and the metadata server, and removes all that is ours from this host but
/// the state directory.
int purge(const config::Configuration& configuration);

}  // namespace netctl::daemon
