#pragma once

#include <string>
#include <vector>

namespace netctl::cli {

/// Runs a command line without the program's own name. Prints to the standard streams and gives the
/// exit code (exit_code.h).
int runNetctl(const std::vector<std::string>& words);

}  // namespace netctl::cli
