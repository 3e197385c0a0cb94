#pragma once

#include <string>
#include <vector>

namespace netctl::cli {

/// `netctl events`: prints what happened, and with --follow what happens, until it is ended or the
/// daemon does not answer any more. `words` come after `events`; gives the exit code.
int runEvents(const std::vector<std::string>& words);

/// What `netctl events --help` prints; a section of docs/commands.md.
std::string helpEvents();

}  // namespace netctl::cli
