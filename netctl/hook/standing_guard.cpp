#include "netctl/hook/standing_guard.h"

#include "modes/host/host_state.h"
#include "netctl/kernel/nft/bridge_guards.h"

namespace netctl::hook {

Result<bool> guardStands(const Machine& machine) {
  auto guards = kernel::BridgeGuards::open();
  if (!guards) return guards.error();
  host::Scope scope;
  scope.guard_rules = true;
  if (machine.device.empty()) {
    scope.unseen_guards.insert(machine.mac);
  } else {
    scope.guards.insert(machine.device);
  }
  host::HostState state;
  if (auto looked = guards->look(scope, state); !looked) return looked.error();
  if (!state.guards.rules || state.foreign.guard_rules) return false;
  if (machine.device.empty()) {
    return state.guards.unseen.contains(machine.mac) &&
           !state.foreign.unseen_guards.contains(machine.mac);
  }
  const auto found = state.guards.ports.find(machine.device);
  return found != state.guards.ports.end() && found->second.mac == machine.mac &&
         !state.foreign.guards.contains(machine.device);
}

}  // namespace netctl::hook
