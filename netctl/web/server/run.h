#pragma once

#include <string>

namespace netctl::web {

/// Serves until netctld, which is at the other end of descriptor 3, has gone. Gives the exit
/// status.
int run(const std::string& user);

}  // namespace netctl::web
