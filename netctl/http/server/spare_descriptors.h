#pragma once

#include <cstddef>

namespace netctl::http {

/// What connections leave unused of the descriptors that this process may have.
struct SpareDescriptors {
  std::size_t for_repairs = 0;  ///< a repair needs some, and so does the start of the DHCP server
  std::size_t for_local = 0;    ///< what those by TCP leave besides, for the local socket
};

/// Where the process may have so many. Of few all that is spared is what was seen to be needed at
/// once: by a start of the DHCP server, a repair and a look at everything.
constexpr SpareDescriptors spareOf(std::size_t limit) {
  constexpr std::size_t kPlenty = 256;
  return limit < kPlenty ? SpareDescriptors{8, 2} : SpareDescriptors{16, 8};
}

/// True where a connection that has just been accepted, by TCP or at the local socket, leaves so
/// many descriptors. Its own is the lowest number that was free (POSIX, "File Descriptor
/// Allocation"), so all below it are in use; those above are looked at, from the highest on.
bool leavesDescriptors(int accepted, bool is_tcp);

}  // namespace netctl::http
