#pragma once

#include <optional>
#include <string_view>

namespace netctl::hook {

/// What a call of a hypervisor's hook means for the machine's instance.
enum class Phase {
  Arrive,          ///< it runs elsewhere and migrates here; Start follows
  Start,           ///< it is about to run here, or migrates here; this one can refuse
  ArriveAndStart,  ///< both in one, where a hypervisor has one call for them
  Running,         ///< it runs here already
  Stop,            ///< it has ended here for good; an ephemeral one is detached
  Leave,           ///< it has ended here, and goes on elsewhere or later
};

constexpr bool canRefuse(Phase phase) {
  return phase == Phase::Start || phase == Phase::ArriveAndStart;
}

/// Of libvirt's qemu hook (libvirt.org/hooks.html). `extra` is why a machine is released. Absent:
/// nothing is to be done, as for what this version does not know.
std::optional<Phase> libvirtPhase(std::string_view operation, std::string_view extra);
/// Of Proxmox' hookscript (pve-docs, guest-example-hookscript.pl).
std::optional<Phase> proxmoxPhase(std::string_view phase);

}  // namespace netctl::hook
