#pragma once

#include <cstddef>

namespace netctl::http {

/// What connections leave unused of the descriptors that this process may have: a repair needs
/// some, and so does the start of the DHCP server.
constexpr std::size_t kDescriptorsForRepairs = 16;
/// What connections by TCP leave besides, for the local socket.
constexpr std::size_t kDescriptorsForLocal = 8;

/// True where a connection that has just been accepted leaves so many descriptors. It goes by the
/// connection's own: that is the lowest number that was free (POSIX, "File Descriptor Allocation"),
/// so all below it are in use.
bool leavesDescriptors(int accepted, std::size_t spare);

}  // namespace netctl::http
