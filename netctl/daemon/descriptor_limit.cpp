#include "netctl/daemon/descriptor_limit.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace netctl::daemon {
namespace {

/// Three listeners with all that they admit and refuse, a thousand nodes, and the rest.
constexpr rlim_t kWanted = 8192;
/// netctld has some fifty open by itself, and connections leave ten unused
/// (netctl/http/server/spare_descriptors.h).
constexpr rlim_t kLeast = 64;

}  // namespace

Result<std::size_t> raiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("cannot read the limit of open files: {}", std::strerror(errno))};
  }
  if (limit.rlim_cur < kWanted) {
    // With CAP_SYS_RESOURCE the hard limit is raised, too.
    rlimit raised{kWanted, std::max(kWanted, limit.rlim_max)};
    const bool is_raised = setrlimit(RLIMIT_NOFILE, &raised) == 0;
    if (!is_raised) raised = {std::min(kWanted, limit.rlim_max), limit.rlim_max};
    if (is_raised || setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  if (limit.rlim_cur >= kLeast) return static_cast<std::size_t>(limit.rlim_cur);
  return Error{ErrorCode::Conflict, "InvalidConfiguration",
               fmt::format("the limit of open files is {}, and netctld cannot work with fewer than "
                           "{}; raise it (LimitNOFILE= of the unit, or ulimit -Hn): {} are enough "
                           "for all connections",
                           limit.rlim_cur, kLeast, kWanted)};
}

std::vector<controller::Problem> descriptorProblems(std::size_t limit) {
  if (limit >= kWanted) return {};
  return {{"limit of open files", fmt::format("is {}", limit),
           "fewer connections are served than netctld could serve, and others are turned away",
           fmt::format("raise it to {} (LimitNOFILE= of the unit, or ulimit -Hn), and restart "
                       "netctld",
                       kWanted),
           controller::Severity::warning}};
}

}  // namespace netctl::daemon
