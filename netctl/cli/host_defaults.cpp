#include "netctl/cli/host_defaults.h"

#include <fstream>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>

namespace netctl::cli {
namespace {

namespace fs = std::filesystem;

std::string firstBridge(const fs::path& devices) {
  std::set<std::string> names;
  std::error_code fault;
  for (const auto& device : fs::directory_iterator(devices, fault)) {
    const auto name = device.path().filename().string();
    // docker0 and br-0123456789ab are Docker's, virbr0 is libvirt's.
    const bool is_others = name.starts_with("docker") || name.starts_with("br-") ||
                           name.starts_with("virbr") || name.starts_with("lxcbr");
    if (!is_others && fs::exists(device.path() / "bridge", fault)) names.insert(name);
  }
  return names.empty() ? "" : *names.begin();
}

/// /proc/net/route has a line for each route: interface, destination and gateway in hexadecimal.
std::string interfaceOfDefaultRoute(const fs::path& routes) {
  std::ifstream file(routes);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string interface;
    std::string destination;
    if (words >> interface >> destination && destination == "00000000") return interface;
  }
  return "";
}

std::string nameServer(const fs::path& resolv_conf) {
  std::ifstream file(resolv_conf);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    std::string address;
    const bool is_ipv4 = words >> key >> address && address.find(':') == std::string::npos;
    if (is_ipv4 && key == "nameserver" && !address.starts_with("127.")) return address;
  }
  return "";
}

}  // namespace

HostDefaults hostDefaults(const fs::path& root) {
  HostDefaults defaults{.bridge = firstBridge(root / "sys/class/net"),
                        .public_interface = interfaceOfDefaultRoute(root / "proc/net/route"),
                        .dns = nameServer(root / "etc/resolv.conf")};
  // systemd-resolved leaves itself in that file, and the servers that it asks in another.
  if (defaults.dns.empty()) defaults.dns = nameServer(root / "run/systemd/resolve/resolv.conf");
  return defaults;
}

}  // namespace netctl::cli
