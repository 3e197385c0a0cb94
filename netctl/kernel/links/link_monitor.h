#pragma once

#include "base/result.h"
#include "netctl/kernel/links/link.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace netctl::kernel {

/// What has happened to the network devices since the last question.
struct LinkChanges {
  /// New, gone, renamed (both names), other master, set up or down, with or without carrier, other
  /// alternative names, other MTU, other addresses. As it is now; absent: no device has the name
  /// any more.
  std::map<std::string, std::optional<Link>> devices;
  /// The kernel had more to tell than it could keep: look at everything.
  bool overflow = false;
};

/// Listens to the kernel's news of devices and IPv4 addresses, from `open` on.
class LinkMonitor {
 public:
  static Result<LinkMonitor> open();

  /// Readable when there is news. Not blocking; owned by this object.
  [[nodiscard]] int descriptor() const { return nl_socket_get_fd(socket_.get()); }

  /// All devices that there are.
  [[nodiscard]] const LinksByIndex& devices() const { return known_; }
  /// Takes all news there is; does not wait.
  Result<LinkChanges> drain();

 private:
  struct Free {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  };

  explicit LinkMonitor(nl_sock* socket) : socket_(socket) {}
  Result<void> learn();
  void take(nlmsghdr& message, LinkChanges& changes);

  std::unique_ptr<nl_sock, Free> socket_;
  LinksByIndex known_;
};

}  // namespace netctl::kernel
