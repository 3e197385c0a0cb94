#include "netctl/kernel/learning/own_addresses.h"

#include "base/file.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/route.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <sstream>
#include <string>

namespace netctl::kernel {

Result<std::set<net::Ipv4Address>> ownAddresses() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) {
    return Error{ErrorCode::Kernel, "",
                 std::string("cannot read this host's addresses: ") + std::strerror(errno)};
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, freeifaddrs);
  std::set<net::Ipv4Address> addresses;
  for (const auto* at = first; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET) continue;
    sockaddr_in address{};
    std::memcpy(&address, at->ifa_addr, sizeof address);
    addresses.insert({ntohl(address.sin_addr.s_addr)});
  }
  return addresses;
}

Result<std::set<net::Ipv4Address>> ownRouters() {
  const auto text = files::read("/proc/self/net/route");
  if (!text) return text.error();
  return parseRouters(text->value_or(""));
}

std::set<net::Ipv4Address> parseRouters(std::string_view routes) {
  std::set<net::Ipv4Address> routers;
  std::istringstream lines{std::string(routes)};
  std::string line;
  std::getline(lines, line);  // the names of the columns
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string interface;
    std::string destination;
    std::uint32_t gateway = 0;
    std::uint32_t flags = 0;
    words >> interface >> destination >> std::hex >> gateway >> flags;
    if (!words.fail() && (flags & RTF_GATEWAY) != 0) routers.insert({ntohl(gateway)});
  }
  return routers;
}

}  // namespace netctl::kernel
