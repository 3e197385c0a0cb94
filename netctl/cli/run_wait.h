#pragma once

#include <string>
#include <vector>

namespace netctl::cli {

/// `wait --in-force`: asks the daemon until all is in force, also while there is no daemon yet.
/// `words` come after `wait`; gives the exit code.
int runWait(const std::vector<std::string>& words);

/// What `netctl wait --help` prints; a section of docs/commands.md.
std::string helpWait();

}  // namespace netctl::cli
