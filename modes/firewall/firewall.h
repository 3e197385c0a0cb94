#pragma once

#include "modes/cloud/settings.h"
#include "modes/firewall/instance_interface.h"
#include "modes/render/renderer.h"

namespace netctl::firewall {

/// Adds all that the cluster host's firewall is made of: sets, chains, and NAT. `dns_is_local`:
/// VNET_DNS is an address of this host.
void addFirewall(const cloud::Settings& settings, const InstanceInterface& interface,
                 bool dns_is_local, render::Renderers& renderers);

}  // namespace netctl::firewall
