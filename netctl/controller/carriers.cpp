#include "netctl/controller/carriers.h"

#include "modes/host/names.h"

namespace netctl::controller {

void Carriers::merge(const Carriers& more) {
  own.insert(more.own.begin(), more.own.end());
  shared.insert(more.shared.begin(), more.shared.end());
}

Carriers carriersOf(const host::HostState& state) {
  Carriers carriers;
  for (const auto& [tag, segment] : state.segments) {
    carriers.own.insert({segment.vlan_device, segment.bridge});
    carriers.shared.insert(segment.trunk);
  }
  for (const auto& address : state.addresses) carriers.shared.insert(address.interface);
  for (const auto& [device, port] : state.ports) carriers.shared.insert(port.bridge);
  for (const auto& [device, redirect] : state.redirects) {
    carriers.shared.insert({device, redirect.bridge});
  }
  if (state.public_router) carriers.shared.insert(state.public_router->interface);
  for (const auto& device : carriers.own) carriers.shared.erase(device);
  return carriers;
}

host::Scope standingOn(const host::HostState& state, const std::set<std::string>& devices) {
  host::Scope scope;
  if (devices.empty()) return scope;
  for (const auto& [tag, segment] : state.segments) {
    if (devices.contains(segment.trunk) || devices.contains(segment.vlan_device) ||
        devices.contains(segment.bridge)) {
      scope.segments.insert(tag);
    }
  }
  for (const auto& address : state.addresses) {
    if (devices.contains(address.interface)) scope.addresses.insert(address);
  }
  for (const auto& [device, port] : state.ports) {
    if (devices.contains(device) || devices.contains(port.bridge)) scope.ports.insert(device);
  }
  for (const auto& [device, redirect] : state.redirects) {
    if (devices.contains(device) || devices.contains(redirect.bridge)) {
      scope.redirects.insert(device);
    }
  }
  // The kernel tells of no route that goes with its device.
  if (state.public_router && devices.contains(state.public_router->interface)) {
    scope.public_router = true;
  }
  for (const auto& device : devices) {
    const auto sysctl = host::deviceForwarding(device);
    if (state.sysctls.contains(sysctl)) scope.sysctls.insert(sysctl);
  }
  return scope;
}

}  // namespace netctl::controller
