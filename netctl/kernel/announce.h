#pragma once

#include "modes/host/host_state.h"
#include "netctl/kernel/route_socket.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <map>

namespace netctl::kernel {

/// Broadcasts once who has the address now, in both forms: as ARP request (RFC 5227, section 2.3)
/// and as ARP reply, because there are neighbours that heed only one of them. Nothing to do on a
/// device without Ethernet addresses.
Result<void> sendAnnouncement(RouteSocket& socket, const host::InterfaceAddress& address);

/// Announces each address three times: at once, 300 ms and 1 s later, because broadcasts get lost.
/// On the thread of its io_context, which must not run any more when this object is gone.
class Announcer {
 public:
  Announcer(boost::asio::io_context& io, RouteSocket socket)
      : io_(io), socket_(std::move(socket)) {}
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;

  /// Sends the first round. An error of a later round ends that announcement: neighbours learn by
  /// asking, only later.
  Result<void> announce(const host::InterfaceAddress& address);
  /// No more rounds: the address leaves.
  void withdraw(const host::InterfaceAddress& address) { pending_.erase(address); }

 private:
  void schedule(const host::InterfaceAddress& address, std::size_t round);

  boost::asio::io_context& io_;
  RouteSocket socket_;
  std::map<host::InterfaceAddress, boost::asio::steady_timer> pending_;
};

}  // namespace netctl::kernel
