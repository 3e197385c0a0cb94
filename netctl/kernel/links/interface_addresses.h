#pragma once

#include "modes/host/host_state.h"
#include "modes/host/plan.h"
#include "netctl/kernel/netlink/route_socket.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace netctl::kernel {

/// An IPv4 address as the kernel has it.
struct AssignedAddress {
  int index = 0;  ///< of its device
  net::Ipv4Address address;
  std::uint8_t length = 32;
  std::uint8_t protocol = 0;  ///< IFA_PROTO: who made it
  bool is_source = true;      ///< not of scope host, whose addresses the kernel chooses for nothing

  bool operator==(const AssignedAddress&) const = default;
};

/// What an RTM_NEWADDR or RTM_DELADDR message describes.
AssignedAddress parseAddress(nlmsghdr& message);

/// The addresses of one device, or of all. None where the device is gone.
Result<std::vector<AssignedAddress>> readAddresses(RouteSocket& socket,
                                                   std::optional<int> index = {});

/// True where the kernel keeps attribute number `attribute` of an address. It asks by a malformed
/// request that no kernel can carry out.
bool knowsAddressAttribute(RouteSocket& socket, int attribute);

/// The driver of InterfaceAddress. Ours are those with host::kAddressProtocol. One whose device is
/// up and which has lost the route to its network is half made, and not there.
class Addresses {
 public:
  /// Unsupported where the kernel cannot keep whose an address is (Linux before 5.18).
  static Result<Addresses> open(Result<RouteSocket> socket = RouteSocket::open());

  /// Adds our addresses of the scope to `into`.
  Result<void> look(const host::Scope& scope, host::HostState& into);

  /// With the route of its network, and a broadcast address where the network has one (RFC 3021).
  /// Where it is there and ours, its route is made where that is missing, and it is made anew where
  /// it was a source otherwise; Conflict where it is there and somebody else's.
  Result<void> apply(const host::AddAddress& step);
  /// Done where it is not there, or its device is not.
  Result<void> apply(const host::RemoveAddress& step);

 private:
  explicit Addresses(RouteSocket socket) : socket_(std::move(socket)) {}
  /// As it is there, whosever it is.
  Result<std::optional<AssignedAddress>> find(int index, const host::InterfaceAddress& address);
  /// True where it lacks the route that it came with. `up` has what is known of devices.
  Result<bool> lacksRoute(const AssignedAddress& address, std::map<int, bool>& up);

  RouteSocket socket_;
};

}  // namespace netctl::kernel
