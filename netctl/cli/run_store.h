#pragma once

#include <string>
#include <vector>

namespace netctl::cli {

/// `netctl store move` and `netctl store take`, on a host whose netctld is stopped. `words` come
/// after the noun; gives the exit code.
int runStore(const std::vector<std::string>& words);

/// What `netctl store --help` prints; a section of docs/commands.md.
std::string helpStore();

}  // namespace netctl::cli
