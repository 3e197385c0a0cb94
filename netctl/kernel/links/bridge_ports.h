#pragma once

#include "modes/host/host_state.h"
#include "modes/host/plan.h"
#include "netctl/kernel/links/link.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace netctl::kernel {

/// The instance whose port a device is, by the alternative name that we gave it; absent: nobody's.
std::optional<std::string> instanceOf(const Link& link);

/// The reason of the error that says that a port's device is not there yet.
inline constexpr const char* kWaiting = "waiting";

/// The driver of Port. A port is ours while its device bears the alternative name
/// `nc_<instance id>`; the device itself belongs to the hypervisor and is never deleted.
///
/// A device is known by its name only, and never by an alternative name: what finds it must agree
/// with what names it in the state.
class Ports {
 public:
  static Result<Ports> open(Result<RouteSocket> socket = RouteSocket::open());

  /// Adds our ports of the scope to `into`. A device that does not bear our name is not there.
  Result<void> look(const host::Scope& scope, LinkSnapshot& links, host::HostState& into);

  /// Marks the device as ours, gives it its MTU, makes it a port of the bridge and sets it up. A
  /// device that is a port of that bridge already stays one throughout. Errors: NotFound with
  /// reason kWaiting where the device is absent; Conflict where it is somebody else's port of
  /// another bridge, or has an IPv4 address of the host; Busy where its hypervisor has just made it
  /// and is about to plug it itself, which would fail if we were first: for a second.
  Result<void> apply(const host::OpenPort& step);

  /// Sets the device down, takes it out of its bridge and removes our name. Done where the device
  /// is absent or does not bear the instance's name.
  Result<void> apply(const host::ClosePort& step);

 private:
  explicit Ports(RouteSocket socket) : socket_(std::move(socket)) {}
  /// Nothing where the device does not bear our name.
  Result<void> lookAt(const Link& link, LinkSnapshot& links, host::HostState& into);
  Result<Link> bridge(const std::string& name);
  /// Conflict where it would be taken from somebody else, named by its users or a slip of the pen.
  Result<void> checkFree(const Link& link, const host::Port& port);
  /// A bridge takes the lowest MAC of its ports unless it was given one. Its neighbours, and the
  /// instances whose gateway it is, would lose it as ports come and go: it is given the one it has.
  Result<void> keepAddress(const Link& bridge);
  /// True for a second from the first call on for a device that looks as libvirt's taps do before
  /// they are plugged.
  bool isAboutToBePlugged(const Link& link, const host::Port& port);
  Result<void> mark(const Link& link, const std::string& name);
  Result<void> unmark(const Link& link, const std::string& name);

  RouteSocket socket_;
  /// By the device's index, when it was first asked for.
  std::map<int, std::chrono::steady_clock::time_point> asked_;
};

}  // namespace netctl::kernel
