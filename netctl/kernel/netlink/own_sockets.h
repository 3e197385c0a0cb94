#pragma once

#include <cstdint>
#include <set>

namespace netctl::kernel {

/// Tells news of what this process has done from others' work: the kernel names in each message the
/// port of the socket whose request it was (nlmsg_pid, netlink(7)), and a port belongs to one
/// socket of a namespace.
///
/// News that no request caused, or whose socket is closed by now, is nobody's of us.
class OwnSockets {
 public:
  /// Of one protocol (NETLINK_ROUTE, ...).
  explicit OwnSockets(int protocol) : protocol_(protocol) {}

  /// Sockets come and go: to be called before each reading of news.
  void forget() { is_read_ = false; }
  [[nodiscard]] bool has(std::uint32_t port);

 private:
  void read();

  int protocol_;
  bool is_read_ = false;
  std::set<std::uint32_t> ports_;
};

}  // namespace netctl::kernel
