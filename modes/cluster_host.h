#pragma once

#include "modes/cloud/settings.h"
#include "modes/firewall/instance_interface.h"
#include "modes/host_facts.h"
#include "modes/render/renderer.h"

namespace netctl {

/// Adds what both managed modes put on the cluster host: gateway and elastic addresses, DHCP,
/// groups and NAT. By which interface instances come in is the mode's matter.
void addClusterHost(const cloud::Settings& settings, const HostFacts& facts,
                    const firewall::InstanceInterface& interface, render::Renderers& renderers);

}  // namespace netctl
