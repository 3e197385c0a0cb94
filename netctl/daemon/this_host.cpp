#include "netctl/daemon/this_host.h"

#include "netctl/kernel/system/modules.h"

#include <fmt/format.h>

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
  return {services.state_dir, services.run_dir, "/usr/sbin/dnsmasq",
          services.log_level == "debug" || services.log_level == "trace", services.announce};
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
  if (auto loaded = kernel::loadModules(); !loaded) return loaded.error();
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
