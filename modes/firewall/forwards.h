#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/nat_kinds.h"
#include "modes/render/renderer.h"

#include <optional>

namespace netctl::firewall {

/// Adds the forwards (host::Nat): packets to a forwarded port of a public address are led to its
/// instance's port. Those of an address that is nobody's, as an own one that this host does not
/// have any more, stay out.
void addForwards(render::Renderers& renderers);

/// Where a port of a public address leads to by a forward that is in force.
std::optional<host::PrivatePort> forwardedTo(const cloud::Cloud& cloud,
                                             const host::PublicPort& port);

}  // namespace netctl::firewall
