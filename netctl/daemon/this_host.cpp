#include "netctl/daemon/this_host.h"

#include "modes/host/names.h"
#include "netctl/kernel/links/interface_addresses.h"
#include "netctl/kernel/netlink/route_socket.h"
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

Result<void> makeDirectories(const config::ServiceSettings& services) {
  using std::filesystem::perms;
  if (auto made = makeDirectory(services.state_dir, perms::owner_all); !made) return made;
  return makeDirectory(services.run_dir, perms::owner_all | perms::group_read | perms::group_exec |
                                             perms::others_read | perms::others_exec);
}

/// netctl-metadata, which is installed beside us.
std::string metadataProgram() {
  std::error_code unknown;
  // After an upgrade the name has a word more, and the directory is the same.
  const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
  return unknown ? "/usr/sbin/netctl-metadata" : self.parent_path() / "netctl-metadata";
}

/// The unit of systemd that runs netctl-metadata; empty where there is none for that run directory.
std::string metadataUnit(const std::filesystem::path& run_directory) {
  constexpr auto* kUnit = "netctl-metadata.service";
  if (run_directory != config::ServiceSettings{}.run_dir) return "";
  std::error_code unknown;
  if (!std::filesystem::exists("/run/systemd/system", unknown)) return "";
  for (const std::filesystem::path folder :
       {"/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"}) {
    if (std::filesystem::exists(folder / kUnit, unknown)) return kUnit;
  }
  return "";
}

kernel::LocalHost::Options kernelOptions(const config::ServiceSettings& services) {
  return {.state_directory = services.state_dir,
          .run_directory = services.run_dir,
          .metadata_program = metadataProgram(),
          .metadata_unit = metadataUnit(services.run_dir),
          .log_dhcp_requests = services.log_level == "debug" || services.log_level == "trace"};
}

Result<config::HostNetwork> readHostNetwork(kernel::RouteSocket& socket,
                                            const kernel::LinksByIndex& devices) {
  const auto addresses = kernel::readAddresses(socket);
  if (!addresses) return addresses.error();
  config::HostNetwork network;
  for (const auto& [index, link] : devices) {
    const auto master = devices.find(link.master);
    network.interfaces.push_back({link.name, link.is_bridge,
                                  master != devices.end() ? master->second.name : "", link.mtu,
                                  link.mac});
  }
  for (const auto& each : *addresses) {
    // A device that came since the devices were read is as good as none.
    const auto device = devices.find(each.index);
    if (device == devices.end()) continue;
    network.addresses.push_back(
        {device->second.name, each.address, each.protocol == host::kAddressProtocol});
  }
  return network;
}

}  // namespace

Result<ThisHost> takeThisHost(boost::asio::io_context& io,
                              const config::ServiceSettings& services) {
  if (auto made = makeDirectories(services); !made) return made.error();
  // Before all that modules can fail at: another netctld must not be disturbed.
  auto store = store::Store::open(services.state_dir / "cloud.db");
  if (!store) return store.error();
  if (auto loaded = kernel::loadModules(); !loaded) return loaded.error();
  auto kernel = kernel::LocalHost::open(io, kernelOptions(services));
  if (!kernel) return kernel.error();
  return ThisHost{*std::move(store), *std::move(kernel)};
}

Result<config::HostNetwork> readHostNetwork() {
  auto socket = kernel::RouteSocket::open();
  if (!socket) return socket.error();
  const auto devices = kernel::readLinks(*socket);
  if (!devices) return devices.error();
  return readHostNetwork(*socket, *devices);
}

Result<config::HostNetwork> readHostNetwork(const kernel::LinksByIndex& devices) {
  auto socket = kernel::RouteSocket::open();
  if (!socket) return socket.error();
  return readHostNetwork(*socket, devices);
}

}  // namespace netctl::daemon
