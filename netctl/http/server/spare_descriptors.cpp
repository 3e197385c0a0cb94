#include "netctl/http/server/spare_descriptors.h"

#include <sys/resource.h>

namespace netctl::http {

bool leavesDescriptors(int accepted, std::size_t spare) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
  return static_cast<rlim_t>(accepted) + spare < limit.rlim_cur;
}

}  // namespace netctl::http
