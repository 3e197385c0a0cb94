#pragma once

#include <chrono>

namespace netctl::daemon {

/// How long a watch rests after a look, so that looking takes 2 % of its thread's time at most.
inline std::chrono::steady_clock::duration restAfter(std::chrono::steady_clock::duration look) {
  return 50 * look;
}

}  // namespace netctl::daemon
