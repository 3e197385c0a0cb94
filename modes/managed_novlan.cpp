#include "modes/managed_novlan.h"

#include "modes/node_host.h"
#include "modes/port_guards.h"

namespace netctl {

ManagedNoVlan::ManagedNoVlan(const cloud::Settings& settings, const HostFacts& facts) {
  if (settings.host.role == cloud::Role::Node) return;
  cluster_host_.emplace(firewall::Wiring{.instance_interface = facts.private_interface,
                                         .dns_is_local = facts.dns_is_local},
                        facts);
  bridge_ = facts.private_interface;
  port_ = facts.private_port;
}

host::Rendering ManagedNoVlan::render(const cloud::Cloud& cloud) const {
  auto rendering = cluster_host_ ? cluster_host_->render(cloud) : host::everything();
  if (!port_.empty()) {
    rendering.desired.redirects[port_] = {bridge_, cloud.settings().plan.subnet};
  }
  addPorts(cloud, rendering.desired);
  addGuards(cloud, rendering.desired);
  return rendering;
}

host::Rendering ManagedNoVlan::render(const cloud::Cloud& cloud,
                                      const cloud::Changes& changes) const {
  auto rendering = cluster_host_ ? cluster_host_->render(cloud, changes) : host::Rendering{};
  addTouchedPorts(cloud, changes, rendering);
  addTouchedGuards(cloud, changes, rendering);
  return rendering;
}

}  // namespace netctl
