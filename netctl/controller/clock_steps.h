#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace netctl::controller {

/// Whether somebody has set the host's clock: times in events, signatures and certificates jump
/// with it, timers do not. Also seen after the host was suspended, which its steady clock is too.
class ClockSteps {
 public:
  using Wall = std::chrono::system_clock::time_point;
  using Steady = std::chrono::steady_clock::time_point;

  /// Less is a time server's daily work, or a process that was not scheduled.
  static constexpr std::chrono::seconds kLeast{5};

  /// Takes both clocks as they are now.
  ClockSteps(Wall wall, Steady steady);

  /// Takes both clocks as they are now; what to tell of the wall clock where it has moved by
  /// `kLeast` or more beside the steady one since the last time.
  std::optional<std::string> seen(Wall wall, Steady steady);

 private:
  std::chrono::nanoseconds apart_;  ///< wall clock less steady clock
};

}  // namespace netctl::controller
