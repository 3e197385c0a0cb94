#include "netctl/controller/seen_devices.h"

#include "modes/node_host.h"

#include <utility>

namespace netctl::controller {
namespace {

constexpr std::uint8_t kFirstByteOfTaps = 0xfe;

net::MacAddress keyOf(net::MacAddress mac) {
  mac.bytes[0] = kFirstByteOfTaps;
  return mac;
}

}  // namespace

std::vector<cloud::Command> SeenDevices::update(const DeviceNews& news) {
  if (news.complete) {
    devices_.clear();
    by_key_.clear();
  }
  std::vector<cloud::Command> seen;
  for (const auto& device : news.devices) {
    const auto& name = device.name;
    const auto& mac = device.mac;
    if (const auto known = devices_.find(name); known != devices_.end()) {
      by_key_[known->second].erase(name);
      if (by_key_[known->second].empty()) by_key_.erase(known->second);
      devices_.erase(known);
    }
    if (!mac) continue;
    const auto key = keyOf(*mac);
    devices_.emplace(name, key);
    by_key_[key].insert(name);
    see(key, seen);
  }
  return seen;
}

std::vector<cloud::Command> SeenDevices::update(const cloud::Settings& settings,
                                                const cloud::Changes& changes) {
  std::vector<cloud::Command> seen;
  for (const auto& [id, change] : changes.instances) {
    if (change.before) expected_.erase(keyOf(change.before->mac));
  }
  for (const auto& [id, change] : changes.instances) {
    if (change.after) expect(settings, *change.after, seen);
  }
  return seen;
}

std::vector<cloud::Command> SeenDevices::reset(const cloud::Cloud& cloud) {
  std::vector<cloud::Command> seen;
  expected_.clear();
  for (const auto& [id, instance] : cloud.instances()) expect(cloud.settings(), *instance, seen);
  return seen;
}

void SeenDevices::expect(const cloud::Settings& settings, const cloud::Instance& instance,
                         std::vector<cloud::Command>& seen) {
  if (!isHere(settings, instance)) return;
  const auto& host = settings.host.node_name;
  if (!instance.namedDeviceOn(host).empty()) return;
  const auto key = keyOf(instance.mac);
  expected_.insert_or_assign(key, instance.id);
  const auto found = by_key_.find(key);
  // The device that it has may be one of several that bear its MAC.
  if (found != by_key_.end() && !found->second.contains(instance.portDeviceOn(host)))
    see(key, seen);
}

void SeenDevices::see(const Key& key, std::vector<cloud::Command>& seen) const {
  const auto instance = expected_.find(key);
  if (instance == expected_.end()) return;
  seen.emplace_back(cloud::SeeDevice{instance->second, *by_key_.at(key).begin()});
}

}  // namespace netctl::controller
