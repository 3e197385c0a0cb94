#pragma once

#include "base/result.h"
#include "modes/host/host_state.h"
#include "netctl/kernel/links/link.h"
#include "netctl/kernel/links/network_route.h"
#include "netctl/kernel/netlink/own_sockets.h"

#include <linux/netlink.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace netctl::kernel {

/// What has happened to the network devices since the last question.
struct LinkChanges {
  /// New, gone, renamed (both names), other master, set up or down, with or without carrier, other
  /// alternative names, other MTU, other addresses. As it is now; absent: no device has the name
  /// any more.
  std::map<std::string, std::optional<Link>> devices;
  /// Those of them that are themselves others than before, whatever their addresses.
  std::set<std::string> links;
  /// Those of `links` that are gone or down, left their bridge, or have another MAC or MTU: what
  /// stands on such a device may have suffered.
  std::set<std::string> disturbed;
  /// Got their carrier back though nobody was told that it had gone, and are as before otherwise.
  std::set<std::string> carriers;
  /// What somebody else may have changed: addresses that are ours by their protocol number, or that
  /// have lost the route to their network, redirects, the way of the router of public addresses,
  /// and the sysctls of forwarding. What this process did is not among it.
  host::Scope suspects;
  /// The kernel had more to tell than it could keep: look at everything.
  bool overflow = false;
};

/// Listens to the kernel's news of devices, IPv4 addresses and their routes, routing rules,
/// forwarding and tc, from `open` on.
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
  void takeAddress(nlmsghdr& message, LinkChanges& changes);
  void takeForwarding(nlmsghdr& message, LinkChanges& changes) const;
  void takeFilter(nlmsghdr& message, LinkChanges& changes);
  void takeRoute(nlmsghdr& message, LinkChanges& changes);
  void takePublicRoute(nlmsghdr& message, LinkChanges& changes);
  void takeLink(nlmsghdr& message, LinkChanges& changes);

  std::unique_ptr<nl_sock, Free> socket_;
  OwnSockets own_{NETLINK_ROUTE};
  LinksByIndex known_;
  std::set<NetworkRoute> removed_;  ///< by us, of whose end there is no news yet
};

}  // namespace netctl::kernel
