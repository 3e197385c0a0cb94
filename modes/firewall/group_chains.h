#pragma once

#include "modes/cloud/cloud.h"
#include "modes/firewall/former_cloud.h"
#include "modes/firewall/instance_interface.h"
#include "modes/host/host_state.h"

namespace netctl::firewall {

/// Adds our chains of the filter table and the jumps to them: what instances and the host may get
/// from each other and from outside.
///
/// NC_FORWARD decides about packets to and from the private subnet and leaves all others alone;
/// NC_IN about those that instances may get, by the sets nc_open and nc_allow, and then by the trie
/// NC_W, whose leaves are the networks and instances that have permissions which need rules.
/// NC_INPUT and NC_HOST protect the host itself.
void addFilter(const cloud::Cloud& cloud, const Wiring& wiring, host::HostState& state);

/// Adds the chains that the changes may have touched. Nothing where sets hold all of it.
void addTouchedFilter(const cloud::Cloud& cloud, const cloud::Changes& changes,
                      const Before& before, host::Rendering& rendering);

}  // namespace netctl::firewall
