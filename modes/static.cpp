#include "modes/static.h"

#include "modes/dhcp_hosts.h"
#include "modes/node_host.h"
#include "modes/port_guards.h"

namespace netctl {

Static::Static(const cloud::Settings& settings, const HostFacts& facts) {
  if (settings.host.role != cloud::Role::Node) cluster_host_ = facts;
}

host::Rendering Static::render(const cloud::Cloud& cloud) const {
  auto rendering = host::everything();
  auto& state = rendering.desired;
  if (cluster_host_) {
    const auto& settings = cloud.settings();
    state.dhcp.server = dhcpServer(settings, settings.plan.subnet.netmask(),
                                   cluster_host_->private_interface, *cluster_host_);
    state.dhcp.networks[kOnlyNetwork] = {settings.router};
    addDhcpHosts(cloud, state);
  }
  addPorts(cloud, state);
  addGuards(cloud, state);
  return rendering;
}

host::Rendering Static::render(const cloud::Cloud& cloud, const cloud::Changes& changes) const {
  host::Rendering rendering;
  if (cluster_host_) addTouchedDhcpHosts(cloud, changes, rendering);
  addTouchedPorts(cloud, changes, rendering);
  addTouchedGuards(cloud, changes, rendering);
  return rendering;
}

}  // namespace netctl
