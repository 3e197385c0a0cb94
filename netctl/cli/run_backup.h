#pragma once

#include <string>
#include <vector>

namespace netctl::cli {

/// `netctl backup FILE`, asked of a netctld that serves. `words` come after the verb; gives the
/// exit code.
int runBackup(const std::vector<std::string>& words);
/// `netctl restore FILE`, while netctld is stopped: shows what would change, and does it with
/// `--yes`.
int runRestore(const std::vector<std::string>& words);

/// What `--help` prints of each; sections of docs/commands.md.
std::string helpBackup();
std::string helpRestore();

}  // namespace netctl::cli
