#pragma once

#include "modes/net/address.h"
#include "modes/net/mac.h"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace netctl::kernel {

/// The addresses that others have on the wire of the instances, so that no instance gets one of
/// them by saying so. Pure.
class ForeignAddresses {
 public:
  /// What is seen goes through memory: the oldest are forgotten beyond this many.
  static constexpr std::size_t kMost = 65536;

  /// Who is not an instance of this host has said by ARP that the address is that MAC's.
  void seen(net::Ipv4Address address, const net::MacAddress& mac);
  /// A DHCP answer has named these.
  void named(net::Ipv4Address server_or_router) { servers_.insert(server_or_router); }
  /// This host's own addresses and its routers, instead of those that were set before.
  void setOwn(std::set<net::Ipv4Address> own, std::set<net::Ipv4Address> routers);

  /// Who has an address that no instance may have, not even by a lease; absent: nobody.
  [[nodiscard]] std::optional<std::string> reservedFor(net::Ipv4Address address) const;
  /// Who has an address that the instance with this MAC may not take by its own word; absent:
  /// nobody is known. The instance itself may have been seen on another host, before it moved.
  [[nodiscard]] std::optional<std::string> holderOf(net::Ipv4Address address,
                                                    const net::MacAddress& mac) const;

 private:
  using Sighting = std::pair<net::Ipv4Address, net::MacAddress>;

  std::set<Sighting> seen_;
  std::deque<Sighting> by_age_;
  std::set<net::Ipv4Address> servers_;
  std::set<net::Ipv4Address> own_;
  std::set<net::Ipv4Address> routers_;
};

}  // namespace netctl::kernel
