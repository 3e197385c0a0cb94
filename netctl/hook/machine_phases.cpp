#include "netctl/hook/machine_phases.h"

namespace netctl::hook {

std::optional<Phase> libvirtPhase(std::string_view operation, std::string_view extra) {
  // On the destination alone, before it prepares anything.
  if (operation == "migrate") return Phase::Arrive;
  if (operation == "prepare") return Phase::Start;
  // A libvirtd that has been restarted, and a QEMU that somebody else has started.
  if (operation == "reconnect" || operation == "attach") return Phase::Running;
  if (operation != "release") return {};
  // libvirt's virDomainShutoffReason. A machine that was saved is restored, and one that migrated
  // runs on.
  const bool goes_on =
      extra == "migrated" || extra == "saved" || extra == "from snapshot" || extra == "daemon";
  return goes_on ? Phase::Leave : Phase::Stop;
}

std::optional<Phase> proxmoxPhase(std::string_view phase) {
  if (phase == "pre-start") return Phase::Start;
  if (phase == "post-stop") return Phase::Stop;
  return {};
}

}  // namespace netctl::hook
