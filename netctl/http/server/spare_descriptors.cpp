#include "netctl/http/server/spare_descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <climits>

namespace netctl::http {

bool leavesDescriptors(int accepted, bool is_tcp) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
  const auto spare = spareOf(limit.rlim_cur);
  const auto wanted = spare.for_repairs + (is_tcp ? spare.for_local : 0);
  std::size_t free = 0;
  const auto end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, INT_MAX));
  for (int number = end - 1; number > accepted && free < wanted; --number) {
    if (::fcntl(number, F_GETFD) < 0) ++free;
  }
  return free >= wanted;
}

}  // namespace netctl::http
