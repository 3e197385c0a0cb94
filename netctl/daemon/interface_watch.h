#pragma once

#include "modes/cloud/settings.h"
#include "modes/net/mac.h"
#include "netctl/kernel/links/link.h"
#include "netctl/kernel/links/link_monitor.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace netctl::daemon {

/// Tells when something becomes of the interfaces that the configuration names, of their bridges
/// and of their members: what a mode must know of its host (HostFacts) depends on it. Costs as much
/// as the news, unless they are of these.
class InterfaceWatch {
 public:
  struct Callbacks {
    /// A MAC, an MTU or a master is another one, or the interface comes or goes.
    std::function<void()> changed;
    /// One of them has its carrier back.
    std::function<void()> carrier_back;
  };

  InterfaceWatch(const cloud::HostSettings& settings, const kernel::LinksByIndex& all,
                 Callbacks callbacks);

  /// `all` is as after the changes.
  void take(const kernel::LinkChanges& changes, const kernel::LinksByIndex& all);

 private:
  struct Seen {
    net::MacAddress mac;
    std::uint32_t mtu = 0;
    int master = 0;
    bool carrier = false;

    [[nodiscard]] bool isAlike(const Seen& other) const {
      return mac == other.mac && mtu == other.mtu && master == other.master;
    }
  };

  [[nodiscard]] bool concerns(const kernel::LinkChanges& changes) const;
  void look(const kernel::LinksByIndex& all);

  std::set<std::string> named_;  ///< by the configuration
  std::map<std::string, Seen> seen_;
  std::set<int> bonds_;  ///< those of them that may have members
  Callbacks callbacks_;
};

}  // namespace netctl::daemon
