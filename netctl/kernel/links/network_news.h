#pragma once

#include "base/result.h"

#include <netlink/socket.h>

#include <memory>

namespace netctl::kernel {

/// Tells that something about devices, IPv4 addresses or routes is other than before, and not what:
/// for who then looks at all of it.
class NetworkNews {
 public:
  static Result<NetworkNews> open();

  /// Readable when there is news. Not blocking; owned by this object.
  [[nodiscard]] int descriptor() const { return nl_socket_get_fd(socket_.get()); }
  /// Takes all news there is; does not wait.
  void drain();

 private:
  struct Free {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  };
  explicit NetworkNews(nl_sock* socket) : socket_(socket) {}

  std::unique_ptr<nl_sock, Free> socket_;
};

}  // namespace netctl::kernel
