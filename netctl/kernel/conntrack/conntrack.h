#pragma once

#include "modes/firewall/flows.h"
#include "netctl/kernel/netlink/mnl_socket.h"

#include <functional>
#include <vector>

namespace netctl::kernel {

/// The driver of conntrack entries: IPv4, and none of a conntrack zone, which are not our rules'.
class Conntrack {
 public:
  static Result<Conntrack> open();

  /// The flows for which `wanted` is true: one walk. A flow that begins or ends meanwhile may or
  /// may not be among them.
  Result<std::vector<host::Flow>> flows(const std::function<bool(const host::Flow&)>& wanted);

  /// Sets host::kCutMark in the marks of these flows and leaves their other bits. One that has
  /// ended is not an error.
  Result<void> cut(const std::vector<host::Flow>& flows);

  /// Deletes the entries. One that has ended is not an error.
  Result<void> forget(const std::vector<host::Flow>& flows);

 private:
  explicit Conntrack(MnlSocket socket) : socket_(std::move(socket)) {}
  Result<void> send(MnlBatch& batch, const std::vector<host::Flow>& flows, const char* what);

  MnlSocket socket_;
};

}  // namespace netctl::kernel
