#include "netctl/daemon/this_host.h"

#include "netctl/daemon/our_programs.h"
#include "netctl/store/etcd/open_store.h"
#include "netctl/store/sqlite_store.h"

#include <fmt/format.h>

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

kernel::LocalHost::Options kernelOptions(const config::ServiceSettings& services) {
  const bool has_dhcp = hasUnits(services.run_dir, {"netctl-dhcp.service"});
  const bool has_metadata =
      hasUnits(services.run_dir, {"netctl-metadata.service", "netctl-metadata.socket"});
  return {.state_directory = services.state_dir,
          .run_directory = services.run_dir,
          .metadata_program = programBesideUs("netctl-metadata"),
          .dhcp_unit = has_dhcp ? "netctl-dhcp.service" : "",
          .metadata_unit = has_metadata ? "netctl-metadata" : "",
          .log_dhcp_requests = services.log_level == "debug" || services.log_level == "trace",
          .announce = services.announce};
}

}  // namespace

Result<std::unique_ptr<store::Store>> openStore(const config::Configuration& configuration) {
  auto made = makeDirectory(configuration.services.state_dir, std::filesystem::perms::owner_all);
  if (!made) return made.error();
  return store::openStore(configuration);
}

Result<std::unique_ptr<store::Store>> holdState(const config::ServiceSettings& services) {
  auto made = makeDirectory(services.state_dir, std::filesystem::perms::owner_all);
  if (!made) return made.error();
  auto opened = store::SqliteStore::open(store::stateFile(services));
  if (!opened) return opened.error();
  return std::unique_ptr<store::Store>(*std::move(opened));
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
