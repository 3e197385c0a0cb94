#include "netctl/daemon/disputed_addresses.h"

#include <fmt/format.h>

namespace netctl::daemon {

void DisputedAddresses::note(const host::InterfaceAddress& address,
                             std::optional<net::MacAddress> by) {
  if (by) {
    by_[address] = *by;
  } else {
    by_.erase(address);
  }
}

std::vector<controller::Problem> DisputedAddresses::problems() const {
  std::vector<controller::Problem> problems;
  for (const auto& [address, by] : by_) {
    problems.push_back(
        {.object = "address " + net::format(address.address),
         .what = fmt::format("is answered for by the machine {}, too", net::format(by)),
         .consequence = "it is not announced any more; its neighbours reach the one or the other",
         .remedy = fmt::format("take the address from the machine {} on the wire of {}, or out of "
                               "VNET_PUBLICIPS",
                               net::format(by), address.interface),
         .severity = controller::Severity::error});
  }
  return problems;
}

}  // namespace netctl::daemon
