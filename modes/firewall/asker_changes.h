#pragma once

#include "modes/firewall/permission_changes.h"
#include "modes/render/former_cloud.h"

namespace netctl::firewall {

/// Visits each pair of a public address and the private one behind it that these changes may have
/// made or ended: visit(public address, private address). A pair may be visited more than once. An
/// instance that asks a public address comes with its private one as source.
void forEachChangedAsker(const render::FormerCloud& former, const auto& visit) {
  const auto visit_of = [&](const cloud::InstanceId& id) {
    const auto was = former.instance(id);
    const auto was_seen_as = former.publicAddressOf(id);
    if (was && was_seen_as) visit(*was_seen_as, was->private_address.value());
    const auto is = former.now().instance(id);
    const auto is_seen_as = former.now().addressOf(id);
    if (is && is_seen_as) visit(is_seen_as->address, is->private_address.value());
  };
  for (const auto& [id, change] : former.changes().instances) {
    if (isMoved(change)) visit_of(id);
  }
  for (const auto& [address, change] : former.changes().addresses) {
    for (const auto& state : {change.before, change.after}) {
      if (state && state->instance) visit_of(*state->instance);
    }
  }
}

}  // namespace netctl::firewall
