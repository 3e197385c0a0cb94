#pragma once

#include "modes/cloud/settings.h"
#include "modes/host_facts.h"
#include "modes/render/renderer.h"

namespace netctl {

/// MANAGED: every group has a network of its own on a wire of its own: a VLAN on the trunk that
/// joins the hosts, and on each host a bridge for it. The gateway address stands on the cluster
/// host's bridge; a node host has the bridges of its instances' networks, without addresses.
render::Renderers managedMode(const cloud::Settings& settings, const HostFacts& facts);

}  // namespace netctl
