#pragma once

#include <string>
#include <vector>

namespace netctl::cli {

/// `netctl setup`: takes options or asks, writes the configuration of a new host, checks it against
/// the host, and starts netctld. `words` come after `setup`; gives the exit code.
int runSetup(const std::vector<std::string>& words);

/// What `netctl setup --help` prints; a section of docs/commands.md.
std::string helpSetup();

}  // namespace netctl::cli
