#pragma once

#include "modes/cloud/cloud.h"
#include "modes/net/listener.h"
#include "netctl/controller/problem.h"

#include <vector>

namespace netctl::controller {

/// The forwards of the host's own addresses that do not do what was asked for: where the host
/// itself listens at a port, which then is the host's, or where it does not have the address any
/// more.
std::vector<Problem> forwardProblems(const cloud::Cloud& cloud,
                                     const std::vector<net::Listener>& listeners);

}  // namespace netctl::controller
