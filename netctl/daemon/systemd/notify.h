#pragma once

#include <string_view>

namespace netctl::daemon {

/// Tells systemd, where it has started us, how netctld stands (sd_notify(3)): READY=1 and the like.
/// Nothing depends on its arrival, so errors are of no consequence. Any thread.
void notifySystemd(std::string_view state);

}  // namespace netctl::daemon
