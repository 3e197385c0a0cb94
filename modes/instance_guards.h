#pragma once

#include "modes/cloud/settings.h"
#include "modes/host/host_state.h"
#include "modes/host_facts.h"
#include "modes/render/renderer.h"

#include <optional>

/// The guards of the ports of this host's instances (host::Guards), for every mode.
namespace netctl {

/// Absent on a host that is not a node.
std::optional<host::GuardRules> guardRules(const cloud::Settings& settings, const HostFacts& facts);

/// Adds the guards; nothing where there are no rules for them.
///
/// They stand from attach on: by device, or by MAC as long as no device is known. Where networks
/// are parted, all instances of the cloud are members of theirs: on a node, whose cloud is its part
/// only, those of the networks that it has instances in; where the gateway is, all there are.
void addInstanceGuards(const cloud::Settings& settings, const HostFacts& facts,
                       render::Renderers& renderers);

}  // namespace netctl
