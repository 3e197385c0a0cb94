#include "netctl/controller/forward_problems.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::controller {

std::vector<Problem> forwardProblems(const cloud::Cloud& cloud,
                                     const std::vector<net::Listener>& listeners) {
  std::vector<Problem> problems;
  const auto& own = cloud.settings().host.public_addresses;
  for (const auto& [id, forward] : cloud.forwards()) {
    if (cloud.address(id.address)) continue;  // an account's: no socket of the host is asked there
    const auto object = "forward " + cloud::format(*forward);
    const auto instance = forward->instance.text();
    if (!std::ranges::binary_search(own, id.address)) {
      problems.push_back(
          {object, "is of an address that this host does not have on VNET_PUBINTERFACE",
           fmt::format("nobody reaches instance {} by it", instance),
           "give the host the address back, or delete the forward", Severity::error});
      continue;
    }
    for (const auto& listener : listeners) {
      if (!listener.takes(id.address, id.protocol, forward->ports)) continue;
      problems.push_back(
          {object,
           fmt::format("a program of this host listens at {} port {}",
                       net::format(listener.protocol), listener.port),
           fmt::format("the program gets what comes to that port, and not instance {}", instance),
           "end the program or give it another port, or delete the forward", Severity::error});
    }
  }
  return problems;
}

}  // namespace netctl::controller
