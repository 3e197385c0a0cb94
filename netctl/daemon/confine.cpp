#include "netctl/daemon/confine.h"

#include "netctl/confinement/capabilities.h"
#include "netctl/confinement/system_calls.h"

#include <linux/capability.h>

#include <array>

namespace netctl::daemon {
namespace {

/// The network is its work. The second line is for the DHCP server, netctl-metadata and netctl-web:
/// they become users of their own, and it ends them.
constexpr std::array kNeeded{CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE,  //
                             CAP_SETUID,    CAP_SETGID,  CAP_SETPCAP,          CAP_CHOWN, CAP_KILL};

}  // namespace

Result<void> confine() {
  if (auto hidden = confinement::hideMemory(); !hidden) return hidden;
  if (auto kept = confinement::keepCapabilities(kNeeded); !kept) return kept;
  return confinement::denySystemCalls();
}

}  // namespace netctl::daemon
