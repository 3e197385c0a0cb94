#include "netctl/daemon/startup.h"

#include "modes/host/names.h"
#include "netctl/config/host_check.h"
#include "netctl/kernel/links/interface_addresses.h"

#include <fmt/format.h>

#include <system_error>

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

Result<config::HostNetwork> readHostNetwork(const kernel::LinksByIndex& devices) {
  auto socket = kernel::RouteSocket::open();
  if (!socket) return socket.error();
  const auto addresses = kernel::readAddresses(*socket);
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

Result<void> makeDirectories(const config::ServiceSettings& settings) {
  using std::filesystem::perms;
  if (auto made = makeDirectory(settings.state_dir, perms::owner_all); !made) return made;
  return makeDirectory(settings.run_dir, perms::owner_all | perms::group_read | perms::group_exec |
                                             perms::others_read | perms::others_exec);
}

Result<std::unique_ptr<store::Store>> openStore(const config::ServiceSettings& settings) {
  return store::Store::open(settings.state_dir / "cloud.db");
}

kernel::LocalHost::Options hostOptions(const config::ServiceSettings& settings) {
  return {settings.state_dir, settings.run_dir, "/usr/sbin/dnsmasq",
          settings.log_level == "debug" || settings.log_level == "trace"};
}

Result<HostReport> inspectHost(const config::Configuration& configuration,
                               const kernel::LinksByIndex& devices) {
  const auto network = readHostNetwork(devices);
  if (!network) return network.error();
  auto check = config::checkHost(configuration, *network);
  Error error{ErrorCode::InvalidArgument, "", "this host cannot carry the configuration"};
  HostReport report{std::move(check.facts), {}};
  for (const auto& problem : configuration.notices)
    report.notices.push_back(config::format(problem));
  for (const auto& problem : check.problems) {
    if (problem.severity == config::Severity::Error) {
      error.faults.push_back({problem.key, config::format(problem)});
    } else {
      report.notices.push_back(config::format(problem));
    }
  }
  if (!error.faults.empty()) return error;
  return report;
}

pki::TlsFiles tlsFiles(const config::ServiceSettings& settings) {
  return {settings.tls_ca, settings.tls_cert, settings.tls_key};
}

}  // namespace netctl::daemon
