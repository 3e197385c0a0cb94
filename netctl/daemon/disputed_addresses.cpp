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

std::string DisputedAddresses::objectOf(const host::InterfaceAddress& address) {
  return "address " + net::format(address.address);
}

std::string DisputedAddresses::textOf(std::optional<net::MacAddress> by) {
  if (!by) return "no other machine answers for it any more; it is announced again";
  return fmt::format("the machine {} answers for it, too; it is not announced any more",
                     net::format(*by));
}

std::vector<controller::Problem> DisputedAddresses::problems() const {
  std::vector<controller::Problem> problems;
  for (const auto& [address, by] : by_) {
    problems.push_back(
        {.object = objectOf(address),
         .what = textOf(by),
         .consequence = "its neighbours reach the one or the other",
         .remedy = fmt::format("take the address from the machine {} on the wire of {}, or out of "
                               "VNET_PUBLICIPS",
                               net::format(by), address.interface),
         .severity = controller::Severity::error});
  }
  return problems;
}

}  // namespace netctl::daemon
