#include "netctl/controller/renamed_ports.h"

#include "modes/node_host.h"

#include <utility>

namespace netctl::controller {
namespace {

template <class Value>
void renameKey(std::map<std::string, Value>& values, const std::string& from,
               const std::string& to) {
  auto node = values.extract(from);
  if (node.empty()) return;
  node.key() = to;
  values.insert(std::move(node));
}

}  // namespace

std::set<std::string> RenamedPorts::update(const DeviceNews& news, const cloud::Cloud& cloud) {
  const auto before = names_;
  if (news.complete) here_.clear();
  std::set<std::string> free;  // of any port
  for (const auto& device : news.devices) {
    if (device.here) {
      here_.insert(device.name);
    } else {
      here_.erase(device.name);
    }
    if (device.port_of.empty()) free.insert(device.name);
  }
  for (const auto& device : news.devices) {
    const auto id = cloud::InstanceId::parse(device.port_of);
    const auto instance = id ? cloud.instance(*id) : nullptr;
    if (!instance || !isHere(cloud.settings(), *instance)) continue;
    // One that is known by its MAC is seen anew under its new name (SeenDevices).
    const auto& named = instance->namedDeviceOn(cloud.settings().host.node_name);
    if (!named.empty() && named != device.name) names_[named] = device.name;
  }
  std::erase_if(names_, [&](const auto& entry) {
    const auto& [known, borne] = entry;
    return here_.contains(known) || !here_.contains(borne) || free.contains(borne);
  });
  std::set<std::string> changed;
  const auto add = [&](const Names& names, const Names& others) {
    for (const auto& [known, borne] : names) {
      const auto other = others.find(known);
      if (other == others.end() || other->second != borne) changed.insert({known, borne});
    }
  };
  add(before, names_);
  add(names_, before);
  return changed;
}

void rename(const RenamedPorts::Names& names, host::Rendering& rendering) {
  for (const auto& [known, borne] : names) {
    renameKey(rendering.desired.ports, known, borne);
    renameKey(rendering.desired.guards.ports, known, borne);
    // The former name stays in the scope: nothing is to stand there.
    if (rendering.scope.ports.contains(known)) rendering.scope.ports.insert(borne);
    if (rendering.scope.guards.contains(known)) rendering.scope.guards.insert(borne);
  }
}

}  // namespace netctl::controller
