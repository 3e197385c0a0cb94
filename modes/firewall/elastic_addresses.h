#pragma once

#include "modes/render/renderer.h"

namespace netctl::firewall {

/// Adds the translation of public addresses (host::Nat): packets to a public address are led to its
/// instance, and what the instance sends out bears that address.
void addElasticAddresses(render::Renderers& renderers);

}  // namespace netctl::firewall
