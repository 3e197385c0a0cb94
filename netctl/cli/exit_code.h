#pragma once

namespace netctl::cli {

/// The exit codes, which programs that call us can tell apart.
enum ExitCode {
  kDone = 0,
  kRefused = 1,
  kUsage = 2,
  kNoDaemon = 3,
  kNotHealthy = 4,  ///< of `netctl status` and `wait`: the daemon answers, and not all is in force
};

}  // namespace netctl::cli
