#pragma once

#include "netctl/cli/rpc_client.h"
#include "netctl/config/configuration.h"
#include "netctl/hook/daemon_calls.h"

#include <chrono>

namespace netctl::cli {

/// Where a host's hooks ask for changes: its own netctld, and on a node host the cluster host, with
/// the certificate of a client in STATE_DIR/pki/hook.
Target hookTarget(const config::ServiceSettings& services, cloud::Role role);

/// Calls to that daemon which give up at `deadline`. What was asked for then may still be done. The
/// process may end while a call waits.
hook::Call timelyCalls(const Target& target, std::chrono::steady_clock::time_point deadline);

}  // namespace netctl::cli
