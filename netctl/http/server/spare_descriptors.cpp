#include "netctl/http/server/spare_descriptors.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>

namespace netctl::http {
namespace {

/// Three listeners with all that they admit and refuse, a thousand nodes, and the rest.
constexpr rlim_t kWanted = 8192;

}  // namespace

bool leavesDescriptors(int accepted, std::size_t spare) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
  return static_cast<rlim_t>(accepted) + spare < limit.rlim_cur;
}

void raiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kWanted) return;
  limit.rlim_cur = std::min(kWanted, limit.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    spdlog::warn("http file-limit {} cannot be raised", limit.rlim_cur);
}

}  // namespace netctl::http
