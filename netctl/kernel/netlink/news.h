#pragma once

#include <linux/netlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace netctl::kernel {

/// Takes all news that waits at a subscribed socket, which does not block. `take` gets each
/// message. `overflow` is called where the kernel had more to tell than it could keep. It gives
/// false where there is no use in going on. Returns 0, or the errno of a socket that could not be
/// read.
template <class Take, class Overflow>
int drainNews(int descriptor, const Take& take, const Overflow& overflow) {
  alignas(nlmsghdr) std::array<char, 65536> buffer{};
  for (;;) {
    const auto size = ::recv(descriptor, buffer.data(), buffer.size(), 0);
    if (size < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return 0;
      if (errno != ENOBUFS) return errno;
      if (!overflow()) return 0;
      continue;
    }
    auto left = static_cast<unsigned>(size);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      take(*message);
    }
  }
}

}  // namespace netctl::kernel
