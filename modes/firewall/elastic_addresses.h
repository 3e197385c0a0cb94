#pragma once

#include "modes/firewall/instance_interface.h"
#include "modes/render/renderer.h"

namespace netctl::firewall {

/// Adds the translation of public addresses (host::Nat): packets to a public address are led to its
/// instance, and what the instance sends out bears that address. Where `interface` is a wire that
/// others share, also the pairs of address and MAC by which instances' flows begin there.
void addElasticAddresses(const InstanceInterface& interface, render::Renderers& renderers);

}  // namespace netctl::firewall
