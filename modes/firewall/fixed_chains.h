#pragma once

#include "modes/firewall/instance_interface.h"
#include "modes/render/renderer.h"

namespace netctl::firewall {

/// Adds the chains of the filter table that do not depend on what is permitted, and the jumps to
/// them.
///
/// NC_FORWARD decides about packets to and from the private subnet and leaves all others alone.
/// NC_IN decides about those that instances may get: by the sets nc_open and nc_allow, and then by
/// the trie NC_W (group_chains.h). NC_RESTRICTED holds back what instances may not send, by
/// nc_out_open, nc_out_allow and the trie NC_EW. NC_INPUT and NC_HOST protect the host itself.
/// `dns_is_local`: instances may ask the host's own DNS server, since VNET_DNS is an address of
/// this host.
void addFixedChains(const InstanceInterface& interface, bool dns_is_local,
                    render::Renderers& renderers);

}  // namespace netctl::firewall
