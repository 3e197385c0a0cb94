#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/host_state.h"

#include <memory>
#include <string>
#include <vector>

namespace netctl {

/// What a mode must know of the host that it renders for. Read at start and at each reload; a mode
/// is made for one value of it.
struct HostFacts {
  /// Where instances' frames arrive: VNET_PRIVINTERFACE, in MANAGED the trunk; else its bridge
  /// where it is a bridge's port.
  std::string private_interface;
  /// Where elastic addresses stand: VNET_PUBINTERFACE, or its bridge.
  std::string public_interface;
  /// MTU of the private interface.
  std::uint32_t mtu = 1500;
  /// VNET_DNS is an address of this host.
  bool dns_is_local = false;
  /// A port of `private_interface`, with its MAC, towards instances of other hosts; else empty.
  std::string private_port;
  bool has_other_hosts = false;  ///< where instances may run

  bool operator==(const HostFacts&) const = default;
};

/// What a mode makes of the cloud on a host. Pure: no clock, no file, no kernel; deterministic.
class Mode {
 public:
  virtual ~Mode() = default;

  /// All of the desired state; its scope is everything.
  [[nodiscard]] virtual host::Rendering render(const cloud::Cloud& cloud) const = 0;
  /// The parts of the desired state that these changes may have touched; `cloud` is as after them.
  /// Equals the full rendering restricted to the same scope, and nothing outside the scope differs
  /// from before.
  [[nodiscard]] virtual host::Rendering render(const cloud::Cloud& cloud,
                                               const cloud::Changes& changes) const = 0;
};

/// The mode that the settings name, for a host.
std::unique_ptr<Mode> makeMode(const cloud::Settings& settings, const HostFacts& facts);

}  // namespace netctl
