#pragma once

#include "modes/cloud/settings.h"
#include "netctl/kernel/links/link.h"
#include "netctl/kernel/links/link_monitor.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace netctl::daemon {

/// Tells when one of the interfaces that the configuration names, or the bridge that one of them is
/// a port of, has its carrier back: the wire may have forgotten this host meanwhile. Costs as much
/// as the news, unless they are of these.
class CarrierWatch {
 public:
  using CarrierBack = std::function<void()>;

  CarrierWatch(const cloud::HostSettings& settings, const kernel::LinksByIndex& all,
               CarrierBack back);

  /// `all` is as after the changes.
  void take(const kernel::LinkChanges& changes, const kernel::LinksByIndex& all);

 private:
  struct Carrier {
    bool here = false;
    std::uint32_t ups = 0;  ///< as in kernel::Link

    explicit Carrier(const kernel::Link& link = {}) : here(link.carrier), ups(link.carrier_ups) {}
  };

  [[nodiscard]] bool concerns(const kernel::LinkChanges& changes) const;
  void look(const kernel::LinksByIndex& all);

  std::set<std::string> named_;             ///< by the configuration
  std::map<std::string, Carrier> carrier_;  ///< of these and of their bridges
  CarrierBack back_;
};

}  // namespace netctl::daemon
