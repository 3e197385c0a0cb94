#pragma once

#include "modes/host/host_state.h"
#include "netctl/kernel/links/link.h"
#include "netctl/kernel/netlink/route_socket.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace netctl::kernel {

/// An instance behind a port of a bridge.
struct PortAnnouncement {
  std::string device;
  std::string bridge;
  net::MacAddress mac;  ///< the instance's
};

/// Tells the wire, once, where an address or an instance is.
class AnnouncementSocket {
 public:
  static Result<AnnouncementSocket> open();
  AnnouncementSocket(AnnouncementSocket&& other) noexcept;
  AnnouncementSocket& operator=(AnnouncementSocket&&) = delete;
  ~AnnouncementSocket();

  /// Broadcasts who has the address now, in both forms: as ARP request (RFC 5227, section 2.3) and
  /// as ARP reply, because there are neighbours that heed only one of them. Nothing to do on a
  /// device without Ethernet addresses.
  Result<void> send(const host::InterfaceAddress& address);

  /// Asks who has the address, as one that has it not (RFC 5227, section 2.1.1): a machine that has
  /// it answers, and nobody's memory changes. Nothing to do as above.
  Result<void> probe(const host::InterfaceAddress& address);

  /// Lets all bridges and switches of the wire know where the MAC is now: this bridge by an entry
  /// of its forwarding database, the others by a RARP broadcast from the MAC, like the one that
  /// QEMU sends after a migration. QEMU's own comes before the port is open. Nothing to do where
  /// the device has left the bridge.
  Result<void> send(const PortAnnouncement& port);

 private:
  AnnouncementSocket(RouteSocket routes, int packets)
      : routes_(std::move(routes)), packets_(packets) {}
  /// Absent on a device without Ethernet addresses.
  Result<std::optional<Link>> etherOf(const host::InterfaceAddress& address);
  RouteSocket routes_;
  /// Open all the time: the kernel lets all processors pass a quiet moment when one is closed,
  /// which takes milliseconds.
  int packets_;
};

/// Announces each address and each port three times: at once, 300 ms and 1 s later, because
/// broadcasts get lost. On the thread of its io_context, which must not run any more when this
/// object is gone.
class Announcer {
 public:
  Announcer(boost::asio::io_context& io, AnnouncementSocket socket)
      : io_(io), socket_(std::move(socket)) {}
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;

  /// Sends the first round. An error of a later round ends that announcement: neighbours learn by
  /// asking, only later.
  Result<void> announce(const host::InterfaceAddress& address);
  Result<void> announce(const PortAnnouncement& port);
  /// One round only.
  Result<void> announceOnce(const host::InterfaceAddress& address) { return socket_.send(address); }
  Result<void> probe(const host::InterfaceAddress& address) { return socket_.probe(address); }
  /// No more rounds: the address leaves, or the port closes.
  void withdraw(const host::InterfaceAddress& address) { pending_.erase(nameOf(address)); }
  void withdrawPort(const std::string& device) { pending_.erase(nameOf(device)); }

 private:
  using Round = std::function<Result<void>()>;

  static std::string nameOf(const host::InterfaceAddress& address);
  static std::string nameOf(const std::string& device);
  Result<void> begin(const std::string& name, const Round& send);
  void schedule(const std::string& name, const Round& send, std::size_t round);

  boost::asio::io_context& io_;
  AnnouncementSocket socket_;
  std::map<std::string, boost::asio::steady_timer> pending_;
};

}  // namespace netctl::kernel
