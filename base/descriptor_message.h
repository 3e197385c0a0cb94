#pragma once

#include "base/descriptor.h"

#include <sys/types.h>

#include <cstddef>

/// Bytes over a Unix socket with a descriptor beside them (unix(7), SCM_RIGHTS). A signal that
/// interrupts does not end it. Both give what sendmsg(2) and recvmsg(2) do, with errno.
namespace netctl {

/// A descriptor below 0: the bytes alone. The other end's absence is EPIPE, and not a signal.
ssize_t sendBeside(int socket, const void* bytes, std::size_t size, int descriptor);

/// Waits for all of the bytes. `beside` gets the descriptor, closed at exec; without one it stays.
ssize_t receiveBeside(int socket, void* bytes, std::size_t size, Descriptor& beside);

}  // namespace netctl
