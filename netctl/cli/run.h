#pragma once

#include <string>
#include <vector>

namespace netctl::cli {

/// What programs that call us can tell apart.
enum ExitCode { kDone = 0, kRefused = 1, kUsage = 2, kNoDaemon = 3 };

/// Runs a command line without the program's own name; prints to the standard streams.
int run(const std::vector<std::string>& words);

/// `config check FILE`: what is wrong with a configuration, or what it comes to.
int checkConfiguration(const std::vector<std::string>& words);

}  // namespace netctl::cli
