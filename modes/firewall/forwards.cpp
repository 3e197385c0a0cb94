#include "modes/firewall/forwards.h"

#include <algorithm>
#include <memory>

namespace netctl::firewall {
namespace {

using cloud::Cloud;
using cloud::Forward;
using host::PrivatePort;
using host::PublicPort;

/// An account holds the address, or the host does.
bool isOnHost(const Cloud& cloud, net::Ipv4Address address) {
  return cloud.address(address) ||
         std::ranges::binary_search(cloud.settings().host.public_addresses, address);
}

/// Each port of a forward is an entry of its own.
void forEachPort(const Forward& forward, const auto& visit) {
  for (std::uint32_t port = forward.ports.first; port <= forward.ports.last; ++port) {
    visit(PublicPort{forward.address, forward.protocol.number.value(),
                     static_cast<std::uint16_t>(port)});
  }
}

/// Stands for all ports of an account's address that no forward has: they are nobody's. Those of
/// the host's own are the host's.
std::optional<PublicPort> restOf(const Cloud& cloud, net::Ipv4Address address) {
  if (!cloud.settings().pool.contains(address)) return std::nullopt;
  return PublicPort{.address = address};
}

class Forwards : public render::Renderer {
 public:
  void renderAll(const Cloud& cloud, host::HostState& state) const override {
    for (const auto& [id, forward] : cloud.forwards()) put(cloud, *forward, state);
  }

  void renderTouched(const render::FormerCloud& former, host::Rendering& rendering) const override {
    const auto& cloud = former.now();
    for (const auto& [id, change] : former.changes().forwards) {
      for (const auto& forward : {change.before, change.after}) {
        if (forward) claim(*forward, rendering);
      }
      if (const auto rest = restOf(cloud, id.address)) {
        rendering.scope.forwards.insert(*rest);
        if (cloud.hasForwards(id.address)) rendering.desired.nat.forwards[*rest] = {};
      }
    }
    for (const auto& [id, change] : former.changes().instances) {
      const auto& [was, is] = change;
      if (!was || !is || was->private_address == is->private_address) continue;
      for (const auto& forward : cloud.forwardsTo(id)) claim(*cloud.forward(forward), rendering);
    }
    // A port that one forward lost may be another's already.
    for (const auto& port : rendering.scope.forwards) {
      if (const auto place = forwardedTo(cloud, port)) {
        rendering.desired.nat.forwards[port] = *place;
      }
    }
  }

 private:
  static void claim(const Forward& forward, host::Rendering& rendering) {
    forEachPort(forward, [&](const PublicPort& port) { rendering.scope.forwards.insert(port); });
  }
  static void put(const Cloud& cloud, const Forward& forward, host::HostState& state) {
    if (!isOnHost(cloud, forward.address)) return;
    const auto place = cloud.instance(forward.instance)->private_address.value();
    forEachPort(forward, [&](const PublicPort& port) {
      state.nat.forwards[port] = {place, forward.portBehind(port.port)};
    });
    if (const auto rest = restOf(cloud, forward.address)) state.nat.forwards[*rest] = {};
  }
};

}  // namespace

void addForwards(render::Renderers& renderers) {
  renderers.others.push_back(std::make_unique<Forwards>());
}

std::optional<PrivatePort> forwardedTo(const Cloud& cloud, const PublicPort& port) {
  const auto forward = cloud.forwardOf(port.address, {port.protocol}, port.port);
  if (!forward || !isOnHost(cloud, port.address)) return std::nullopt;
  return PrivatePort{cloud.instance(forward->instance)->private_address.value(),
                     forward->portBehind(port.port)};
}

}  // namespace netctl::firewall
