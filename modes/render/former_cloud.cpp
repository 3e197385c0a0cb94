#include "modes/render/former_cloud.h"

#include <algorithm>

namespace netctl::render {

FormerCloud::FormerCloud(const cloud::Cloud& now, const cloud::Changes& changes)
    : now_(now), changes_(changes) {
  for (const auto& [address, change] : changes.addresses) {
    if (change.before && change.before->instance) {
      public_addresses_.emplace(*change.before->instance, address);
    }
  }
}

cloud::Ref<cloud::Group> FormerCloud::group(const cloud::GroupId& id) const {
  const auto change = changes_.groups.find(id);
  return change != changes_.groups.end() ? change->second.before : now_.group(id);
}

cloud::Ref<cloud::Instance> FormerCloud::instance(const cloud::InstanceId& id) const {
  const auto change = changes_.instances.find(id);
  return change != changes_.instances.end() ? change->second.before : now_.instance(id);
}

std::optional<net::Ipv4Address> FormerCloud::publicAddressOf(const cloud::InstanceId& id) const {
  if (const auto found = public_addresses_.find(id); found != public_addresses_.end()) {
    return found->second;
  }
  const auto now = now_.addressOf(id);
  // An address that was edited and is not among those above led to no instance before.
  if (!now || changes_.addresses.contains(now->address)) return std::nullopt;
  return now->address;
}

bool FormerCloud::hasForwards(net::Ipv4Address address) const {
  const auto& forwards = changes_.forwards;
  for (auto at = forwards.lower_bound({.address = address});
       at != forwards.end() && at->first.address == address; ++at) {
    if (at->second.before) return true;
  }
  const auto now = now_.forwardsAt(address);
  return std::ranges::any_of(
      now, [&](const auto& forward) { return !forwards.contains(forward->id()); });
}

}  // namespace netctl::render
