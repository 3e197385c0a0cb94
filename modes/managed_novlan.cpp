#include "modes/managed_novlan.h"

#include "modes/cluster_host.h"
#include "modes/host/names.h"
#include "modes/instance_guards.h"
#include "modes/instance_ports.h"

namespace netctl {

render::Renderers managedNoVlanMode(const cloud::Settings& settings, const HostFacts& facts) {
  render::Renderers renderers;
  if (settings.host.role != cloud::Role::Node) {
    addClusterHost(settings, facts, {facts.private_interface}, renderers);
    addFixed(renderers, [facts](const cloud::Settings& /*of*/, host::HostState& state) {
      state.sysctls[host::deviceForwarding(facts.private_interface)] = "1";
    });
    if (!facts.private_port.empty()) {
      addFixed(renderers, [facts](const cloud::Settings& of, host::HostState& state) {
        state.redirects[facts.private_port] = {facts.private_interface, of.plan.subnet};
      });
    }
  }
  addInstancePorts(renderers);
  addInstanceGuards(settings, renderers);
  return renderers;
}

}  // namespace netctl
