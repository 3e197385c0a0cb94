#pragma once

#include "modes/host/kind.h"
#include "modes/net/mac.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace netctl::host {

/// An instance's network device that is to be, or is, a port of a bridge.
/// Ours is known by an alternative name of the device, `nc_<instance id>`.
struct Port {
  std::string instance;  ///< canonical instance id
  std::string bridge;    ///< empty when observed outside any bridge
  bool up = true;
  /// Frames may leave by the port that they came in. Where br_netfilter is on, an instance's packet
  /// to its own public address is translated and turned around in the bridge itself.
  bool hairpin = true;
  /// A bridge without an MTU of its own takes the least of its ports'.
  std::uint32_t mtu = 1500;
  /// The instance's, which is announced when the port opens; absent: it is not to be announced. No
  /// part of what the kernel holds, and so not compared.
  std::optional<net::MacAddress> mac = {};

  bool operator==(const Port& other) const {
    return instance == other.instance && bridge == other.bridge && up == other.up &&
           hairpin == other.hairpin && mtu == other.mtu;
  }
};

struct OpenPort {
  std::string device;
  Port port;
  bool operator==(const OpenPort&) const = default;
};
struct ClosePort {
  std::string device;
  Port port;  ///< as observed
  bool operator==(const ClosePort&) const = default;
};

/// By device. A port that goes is closed, and its device stays.
struct PortKind {
  using Made = StepTypes<OpenPort, ClosePort>;
  static auto& objects(auto& state) { return state.ports; }
  static auto& names(auto& scope) { return scope.ports; }

  static void plan(auto& steps, const std::string& device, const Change<Port>& change) {
    const auto& [there, wanted, foreign] = change;
    // No other instance gets the device while it is still the former one's.
    const bool leaves =
        there != nullptr && (wanted == nullptr || wanted->instance != there->instance);
    if (leaves) steps.add({Phase::ClosePorts}, ClosePort{device, *there});
    if (wanted != nullptr) steps.add({Phase::OpenPorts}, OpenPort{device, *wanted});
  }
  static void touched(const OpenPort& step, std::set<std::string>& names) {
    names.insert(step.device);
  }
  static void touched(const ClosePort& step, std::set<std::string>& names) {
    names.insert(step.device);
  }
  static void carryOut(const OpenPort& step, std::map<std::string, Port>& ports) {
    ports[step.device] = step.port;
  }
  static void carryOut(const ClosePort& step, std::map<std::string, Port>& ports) {
    ports.erase(step.device);
  }
  static Bearing bearing(const OpenPort&) { return {Bearing::Gate::Opens}; }
  static Bearing bearing(const ClosePort&) { return {}; }
  static void describe(const OpenPort& step, Lines& lines) {
    lines.add("add", "port " + step.device, step.port.instance + " on bridge " + step.port.bridge);
  }
  static void describe(const ClosePort& step, Lines& lines) {
    lines.add("remove", "port " + step.device, step.port.instance);
  }
};

}  // namespace netctl::host
