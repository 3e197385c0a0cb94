#include "modes/static.h"

#include "modes/dhcp_hosts.h"
#include "modes/instance_guards.h"
#include "modes/instance_ports.h"

namespace netctl {

render::Renderers staticMode(const cloud::Settings& settings, const HostFacts& facts) {
  render::Renderers renderers;
  if (settings.host.role != cloud::Role::Node) {
    addFixed(renderers, [facts](const cloud::Settings& of, host::HostState& state) {
      state.dhcp.server =
          dhcpServer(of, of.plan.subnet.netmask(), facts.private_interface, facts.mtu);
      state.dhcp.networks[kOnlyNetwork] = {of.router};
    });
    addDhcpHosts(renderers);
  }
  addInstancePorts(facts, renderers);
  addInstanceGuards(settings, facts, renderers);
  return renderers;
}

}  // namespace netctl
