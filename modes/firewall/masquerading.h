#pragma once

#include "modes/firewall/instance_interface.h"
#include "modes/render/renderer.h"

namespace netctl::firewall {

/// Adds our chains of iptables' nat table with the jumps to them: what instances without a public
/// address send out bears the host's own, and requests for metadata are led to the endpoint.
///
/// An instance that asks a public address is seen by its own public address, else as the gateway of
/// the instance that it asks, so that the answer comes back here.
void addMasquerading(const InstanceInterface& interface, render::Renderers& renderers);

}  // namespace netctl::firewall
