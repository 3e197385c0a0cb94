#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace netctl::cli {

/// True for the ten names of euca2ools that this program also bears.
bool isEucaCommand(std::string_view name);
std::vector<std::string> eucaCommandNames();
/// What `--help` prints.
std::string helpEuca(const std::string& name);

/// Runs one of them: the options and the lines of euca2ools 3.4 (docs/commands.md), over the
/// daemon's socket.
int runEuca(const std::string& name, const std::vector<std::string>& words);

}  // namespace netctl::cli
