#include "netctl/daemon/this_host.h"

#include "modes/host/names.h"
#include "netctl/kernel/links/interface_addresses.h"
#include "netctl/kernel/links/public_route.h"
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

kernel::LocalHost::Options kernelOptions(const config::ServiceSettings& services) {
  return {services.state_dir, services.run_dir, "/usr/sbin/dnsmasq",
          services.log_level == "debug" || services.log_level == "trace", services.announce};
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
  const auto leaving = kernel::defaultRouteDevices(socket);
  if (!leaving) return leaving.error();
  for (const auto index : *leaving) {
    const auto device = devices.find(index);
    if (device != devices.end()) network.default_routes.push_back(device->second.name);
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
