#include "netctl/kernel/netlink/own_sockets.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <string>
#include <system_error>

namespace netctl::kernel {
namespace {

int optionOf(int descriptor, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

}  // namespace

bool OwnSockets::has(std::uint32_t port) {
  if (port == 0) return false;
  if (!is_read_ && !ports_.contains(port)) read();
  return ports_.contains(port);
}

void OwnSockets::read() {
  is_read_ = true;
  ports_.clear();
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", gone)) {
    const auto name = entry.path().filename().string();
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (optionOf(descriptor, SO_DOMAIN) != AF_NETLINK ||
        optionOf(descriptor, SO_PROTOCOL) != protocol_) {
      continue;
    }
    sockaddr_nl address{};
    socklen_t size = sizeof address;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
      ports_.insert(address.nl_pid);
    }
  }
}

}  // namespace netctl::kernel
