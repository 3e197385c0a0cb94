#include "netctl/daemon/this_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <system_error>
#include <utility>

namespace netctl::daemon {
namespace {

Result<void> makeDirectory(const std::filesystem::path& directory, std::filesystem::perms mode) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (!error && made) std::filesystem::permissions(directory, mode, error);
  if (!error) return {};
  return Error{
      ErrorCode::Kernel, "",
      fmt::format("cannot make the directory {}: {}", directory.string(), error.message())};
}

/// netctl-metadata, which is installed beside us.
std::string metadataProgram() {
  std::error_code unknown;
  // After an upgrade the name has a word more, and the directory is the same.
  const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
  return unknown ? "/usr/sbin/netctl-metadata" : self.parent_path() / "netctl-metadata";
}

/// Whether systemd runs this host and has these units of ours, which name the usual run directory.
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

kernel::LocalHost::Options kernelOptions(const config::ServiceSettings& services) {
  const bool has_dhcp = hasUnits(services.run_dir, {"netctl-dhcp.service"});
  const bool has_metadata =
      hasUnits(services.run_dir, {"netctl-metadata.service", "netctl-metadata.socket"});
  return {.state_directory = services.state_dir,
          .run_directory = services.run_dir,
          .metadata_program = metadataProgram(),
          .dhcp_unit = has_dhcp ? "netctl-dhcp.service" : "",
          .metadata_unit = has_metadata ? "netctl-metadata" : "",
          .log_dhcp_requests = services.log_level == "debug" || services.log_level == "trace",
          .announce = services.announce};
}

}  // namespace

Result<std::unique_ptr<store::Store>> openStore(const config::ServiceSettings& services) {
  auto made = makeDirectory(services.state_dir, std::filesystem::perms::owner_all);
  if (!made) return made.error();
  return store::Store::open(services.state_dir / "cloud.db", "/run");
}

Result<ThisHost> takeThisHost(boost::asio::io_context& io,
                              const config::ServiceSettings& services) {
  using std::filesystem::perms;
  // One with another state directory would take this one's work for foreign.
  auto lock = kernel::NamespaceLock::take();
  if (!lock) return lock.error();
  auto made =
      makeDirectory(services.run_dir, perms::owner_all | perms::group_read | perms::group_exec |
                                          perms::others_read | perms::others_exec);
  if (!made) return made.error();
  auto kernel = kernel::LocalHost::open(io, kernelOptions(services));
  if (!kernel) return kernel.error();
  return ThisHost{*std::move(lock), *std::move(kernel)};
}

}  // namespace netctl::daemon
