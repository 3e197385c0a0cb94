#include "netctl/confinement/capabilities.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace netctl::confinement {
namespace {

using Sets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

Error failed(std::string_view what) {
  return {ErrorCode::Kernel, "", fmt::format("cannot {}: {}", what, std::strerror(errno))};
}

bool isKept(int capability, std::span<const int> kept) {
  return std::ranges::find(kept, capability) != kept.end();
}

}  // namespace

Result<void> keepCapabilities(std::span<const int> kept) {
  // What a program that is started could get back. This needs CAP_SETPCAP, which a container may
  // not have, and PR_SET_NO_NEW_PRIVS does not stop a program of root's.
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (!isKept(capability, kept)) (void)::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  Sets sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return failed("read its capabilities");
  Sets left{};
  for (const int capability : kept) {
    const auto word = static_cast<std::size_t>(CAP_TO_INDEX(capability));
    left[word].permitted |= sets[word].permitted & CAP_TO_MASK(capability);
    left[word].effective |= sets[word].effective & CAP_TO_MASK(capability);
  }
  if (::syscall(SYS_capset, &header, left.data()) != 0) return failed("drop capabilities");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("rule out new privileges");
  return {};
}

Result<void> hideMemory() {
  constexpr rlimit kNone{0, 0};
  if (::setrlimit(RLIMIT_CORE, &kNone) != 0) return failed("rule out core files");
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failed("rule out being traced");
  return {};
}

}  // namespace netctl::confinement
