#include "netctl/daemon/carrier_watch.h"

#include <algorithm>
#include <utility>

namespace netctl::daemon {

CarrierWatch::CarrierWatch(const cloud::HostSettings& settings, const kernel::LinksByIndex& all,
                           CarrierBack back)
    : named_{settings.private_interface, settings.public_interface, settings.bridge},
      back_(std::move(back)) {
  look(all);
}

bool CarrierWatch::concerns(const kernel::LinkChanges& changes) const {
  const auto is_watched = [this](const std::string& device) {
    return carrier_.contains(device) || named_.contains(device);
  };
  return changes.overflow || std::ranges::any_of(changes.carriers, is_watched) ||
         std::ranges::any_of(changes.devices,
                             [&](const auto& change) { return is_watched(change.first); });
}

void CarrierWatch::look(const kernel::LinksByIndex& all) {
  carrier_.clear();
  for (const auto& [index, link] : all) {
    if (!named_.contains(link.name)) continue;
    carrier_[link.name] = Carrier(link);
    const auto master = all.find(link.master);
    if (master != all.end()) carrier_[master->second.name] = Carrier(master->second);
  }
}

void CarrierWatch::take(const kernel::LinkChanges& changes, const kernel::LinksByIndex& all) {
  if (!concerns(changes)) return;
  const auto before = carrier_;
  look(all);
  const bool back = std::ranges::any_of(carrier_, [&](const auto& each) {
    const auto at = before.find(each.first);
    if (at == before.end() || !each.second.here) return false;
    return !at->second.here || at->second.ups != each.second.ups;
  });
  if (back) back_();
}

}  // namespace netctl::daemon
