#pragma once

#include "base/result.h"
#include "modes/host/area.h"
#include "netctl/kernel/netlink/own_sockets.h"

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include <memory>

namespace netctl::kernel {

/// Listens to the kernel's news of nft's tables, from `open` on: which of ours somebody else has
/// changed. What this process does is no news.
class NftMonitor {
 public:
  static Result<NftMonitor> open();

  /// Readable when there is news. Not blocking; owned by this object.
  [[nodiscard]] int descriptor() const { return mnl_socket_get_fd(socket_.get()); }

  /// Takes all news there is; does not wait. All areas of nft where the kernel had more to tell
  /// than it could keep.
  Result<host::Areas> drain();

 private:
  struct Close {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };

  explicit NftMonitor(mnl_socket* socket) : socket_(socket) {}

  std::unique_ptr<mnl_socket, Close> socket_;
  OwnSockets own_{NETLINK_NETFILTER};
};

}  // namespace netctl::kernel
