#pragma once

#include <filesystem>
#include <set>
#include <string>

/// The programs that netctld has running beside it.
namespace netctl::daemon {

/// The program of that name, which is installed beside us.
std::string programBesideUs(const std::string& name);

/// Whether systemd runs this host and has these units of ours, which name the usual run directory.
bool hasUnits(const std::filesystem::path& run_directory, const std::set<std::string>& units);

}  // namespace netctl::daemon
