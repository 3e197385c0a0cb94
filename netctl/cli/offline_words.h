#pragma once

#include "base/result.h"
#include "netctl/config/configuration.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the commands share that work on this host's state while netctld is stopped.
namespace netctl::cli {

struct OfflineWords {
  std::string what;  ///< the one that is no option
  std::optional<std::filesystem::path> config;
  bool yes = false;
  bool help = false;
};
/// `what` says which word is meant to be there.
Result<OfflineWords> readOfflineWords(const std::vector<std::string>& words, std::string_view what);

/// The configuration of this host, which must be one without errors.
Result<config::Configuration> configurationOf(const OfflineWords& words);
std::filesystem::path stateFile(const config::Configuration& configuration);

/// Tells where what was there is now, if anything was.
void printFormer(const std::optional<std::filesystem::path>& former);
/// Each prints why, and gives the exit code.
int printUsage(const std::string& message, const std::string& help);
int printRefusal(const Error& error);

}  // namespace netctl::cli
