#include "netctl/surroundings/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace netctl::surroundings {
namespace {

constexpr int kStrict = 1;  // RFC 3704, as Documentation/networking/ip-sysctl.rst has it

/// Null where there is none.
const DefaultRoute* best(const std::vector<DefaultRoute>& routes) {
  const auto found = std::ranges::min_element(routes, {}, &DefaultRoute::metric);
  return found == routes.end() ? nullptr : &*found;
}

}  // namespace

Problems routingProblems(const Surroundings& surroundings, const Place& place) {
  Problems problems;
  if (!place.routes) return problems;
  const auto* route = best(surroundings.default_routes);
  const bool elsewhere =
      route != nullptr && route->interface != place.public_interface && !place.has_public_router;
  if (route == nullptr) {
    problems.push_back({"default route", "is not there",
                        "instances reach nothing beyond this host's own networks, and replies of "
                        "public addresses do not get there",
                        fmt::format("give this host one by {}", place.public_interface),
                        controller::Severity::warning});
  } else if (elsewhere) {
    problems.push_back(
        {"default route",
         fmt::format("leaves by {}, and VNET_PUBINTERFACE is {}", route->interface,
                     place.public_interface),
         "replies of public addresses leave by another way than requests come, where a provider "
         "may drop them for their source",
         fmt::format("set NETCTL_PUBROUTER to the router behind {}", place.public_interface),
         controller::Severity::warning});
  }
  for (const auto& name : std::set{place.public_interface, place.private_interface}) {
    const auto found = surroundings.rp_filter.find(name);
    if (found == surroundings.rp_filter.end() || found->second != kStrict) continue;
    problems.push_back(
        {fmt::format("interface {}", name), "has a strict reverse path filter (rp_filter 1)",
         elsewhere ? "what comes in by it for public addresses is dropped, since the way back is "
                     "another one"
                   : "packets are dropped that come in by it from where this host has another way",
         fmt::format("sysctl -w net.ipv4.conf.{}.rp_filter=2, and in sysctl.d", name),
         elsewhere ? controller::Severity::warning : controller::Severity::notice});
  }
  return problems;
}

}  // namespace netctl::surroundings
