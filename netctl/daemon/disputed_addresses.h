#pragma once

#include "modes/host/address_kind.h"
#include "modes/net/mac.h"
#include "netctl/controller/problem.h"

#include <map>
#include <optional>
#include <vector>

namespace netctl::daemon {

/// The public addresses of this host that other machines answer for. On one thread.
class DisputedAddresses {
 public:
  /// By whom; absent: by nobody any more.
  void note(const host::InterfaceAddress& address, std::optional<net::MacAddress> by);

  [[nodiscard]] std::vector<controller::Problem> problems() const;

 private:
  std::map<host::InterfaceAddress, net::MacAddress> by_;
};

}  // namespace netctl::daemon
