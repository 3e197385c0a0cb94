#pragma once

namespace netctl::cli {

/// The exit codes, which programs that call us can tell apart.
enum ExitCode { kDone = 0, kRefused = 1, kUsage = 2, kNoDaemon = 3 };

}  // namespace netctl::cli
