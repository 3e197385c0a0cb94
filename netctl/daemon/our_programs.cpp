#include "netctl/daemon/our_programs.h"

#include "netctl/config/configuration.h"

#include <algorithm>
#include <system_error>

namespace netctl::daemon {

std::string programBesideUs(const std::string& name) {
  std::error_code unknown;
  // After an upgrade the name has a word more, and the directory is the same.
  const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
  return (unknown ? std::filesystem::path("/usr/sbin") : self.parent_path()) / name;
}

bool hasUnits(const std::filesystem::path& run_directory, const std::set<std::string>& units) {
  if (run_directory != config::ServiceSettings{}.run_dir) return false;
  std::error_code unknown;
  if (!std::filesystem::exists("/run/systemd/system", unknown)) return false;
  const auto isThere = [&](const std::string& unit) {
    for (const std::filesystem::path folder :
         {"/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"}) {
      if (std::filesystem::exists(folder / unit, unknown)) return true;
    }
    return false;
  };
  return std::ranges::all_of(units, isThere);
}

}  // namespace netctl::daemon
