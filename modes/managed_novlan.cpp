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
        // Where the public wire is the same one, what comes from outside is turned around, too.
        const bool one_wire = facts.public_interface == facts.private_interface;
        state.redirects[facts.private_port] = {facts.private_interface,
                                               one_wire ? net::Ipv4Prefix{} : of.plan.subnet};
      });
    }
  }
  addInstancePorts(facts, renderers);
  addInstanceGuards(settings, facts, renderers);
  return renderers;
}

}  // namespace netctl
