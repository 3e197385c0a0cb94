#include "netctl/http/server/spare_descriptors.h"

#include <sys/resource.h>

namespace netctl::http {

bool leavesDescriptors(int accepted, bool is_tcp) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
  const auto spare = spareOf(limit.rlim_cur);
  return static_cast<rlim_t>(accepted) + spare.for_repairs + (is_tcp ? spare.for_local : 0) <
         limit.rlim_cur;
}

}  // namespace netctl::http
