#include "netctl/daemon/interface_watch.h"

#include <algorithm>
#include <utility>

namespace netctl::daemon {

using kernel::Link;

InterfaceWatch::InterfaceWatch(const cloud::HostSettings& settings, const kernel::LinksByIndex& all,
                               Callbacks callbacks)
    : named_{settings.private_interface, settings.public_interface, settings.bridge},
      callbacks_(std::move(callbacks)) {
  look(all);
}

bool InterfaceWatch::concerns(const kernel::LinkChanges& changes) const {
  return changes.overflow || std::ranges::any_of(changes.devices, [&](const auto& change) {
           const auto& [name, link] = change;
           return seen_.contains(name) || named_.contains(name) ||
                  (link && bonds_.contains(link->master));
         });
}

void InterfaceWatch::look(const kernel::LinksByIndex& all) {
  seen_.clear();
  bonds_.clear();
  const auto seenOf = [](const Link& link) {
    return Seen{link.mac, link.mtu, link.master, link.carrier};
  };
  const auto see = [&](const Link& link) {
    seen_[link.name] = seenOf(link);
    // A bridge has the ports of all instances, and needs nothing of them.
    if (!link.is_bridge) bonds_.insert(link.index);
  };
  for (const auto& [index, link] : all) {
    if (!named_.contains(link.name)) continue;
    see(link);
    if (const auto master = all.find(link.master); master != all.end()) see(master->second);
  }
  for (const auto& [index, link] : all) {
    if (bonds_.contains(link.master)) seen_[link.name] = seenOf(link);
  }
}

void InterfaceWatch::take(const kernel::LinkChanges& changes, const kernel::LinksByIndex& all) {
  if (!concerns(changes)) return;
  const auto before = seen_;
  look(all);
  const auto isAlike = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.isAlike(b.second);
  };
  if (!std::ranges::equal(seen_, before, isAlike)) callbacks_.changed();
  const bool back = std::ranges::any_of(seen_, [&](const auto& each) {
    const auto at = before.find(each.first);
    return each.second.carrier && at != before.end() && !at->second.carrier;
  });
  if (back) callbacks_.carrier_back();
}

}  // namespace netctl::daemon
