#pragma once

#include "base/result.h"
#include "netctl/kernel/netlink/mnl_socket.h"

#include <utility>

namespace netctl::kernel {

/// What one process of a network namespace has at a time: an empty table of nft, `ip netctl_lock`,
/// with `flags owner`. Only root can make it, nobody else can change or flush it, and the kernel
/// takes it away with the socket that made it, however the process ends.
class NamespaceLock {
 public:
  /// In the namespace of the calling thread. Busy where another process has it, and has not given
  /// it up two seconds later.
  static Result<NamespaceLock> take();

 private:
  explicit NamespaceLock(MnlSocket socket) : socket_(std::move(socket)) {}

  MnlSocket socket_;
};

}  // namespace netctl::kernel
