#pragma once

#include "modes/host/host_state.h"
#include "netctl/kernel/links/link.h"
#include "netctl/kernel/netlink/route_socket.h"

#include <optional>
#include <utility>

namespace netctl::kernel {

/// Whether the host forwards what comes in by a device.
struct DeviceForwarding {
  int index = 0;
  bool on = false;
};
/// What an RTM_NEWNETCONF message describes (linux/netconf.h); absent: nothing of forwarding.
std::optional<DeviceForwarding> parseForwarding(nlmsghdr& message);

/// Reads which devices the host forwards from: the sysctls net.ipv4.conf.DEVICE.forwarding of all
/// devices by one dump, where Sysctls takes a file for each.
class Forwarding {
 public:
  static Result<Forwarding> open(Result<RouteSocket> socket = RouteSocket::open());

  /// With `everything` adds those of all devices; single ones are Sysctls' to read.
  Result<void> look(const host::Scope& scope, LinkSnapshot& links, host::HostState& into);

 private:
  explicit Forwarding(RouteSocket socket) : socket_(std::move(socket)) {}

  RouteSocket socket_;
};

}  // namespace netctl::kernel
