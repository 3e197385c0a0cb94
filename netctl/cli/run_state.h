#pragma once

#include <string>
#include <vector>

namespace netctl::cli {

/// `netctl state new` and `netctl state accept`, on the state file of a host whose netctld is
/// stopped. `words` come after the noun; gives the exit code.
int runState(const std::vector<std::string>& words);

/// What `netctl state --help` prints; a section of docs/commands.md.
std::string helpState();

}  // namespace netctl::cli
