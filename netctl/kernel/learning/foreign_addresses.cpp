#include "netctl/kernel/learning/foreign_addresses.h"

#include <fmt/format.h>

namespace netctl::kernel {

void ForeignAddresses::seen(net::Ipv4Address address, const net::MacAddress& mac) {
  if (!seen_.emplace(address, mac).second) return;
  by_age_.emplace_back(address, mac);
  if (by_age_.size() <= kMost) return;
  seen_.erase(by_age_.front());
  by_age_.pop_front();
}

void ForeignAddresses::setOwn(std::set<net::Ipv4Address> own, std::set<net::Ipv4Address> routers) {
  own_ = std::move(own);
  routers_ = std::move(routers);
}

std::optional<std::string> ForeignAddresses::reservedFor(net::Ipv4Address address) const {
  if (own_.contains(address)) return "this host";
  if (routers_.contains(address)) return "this host's router";
  if (servers_.contains(address)) return "the site's router or DHCP server";
  return std::nullopt;
}

std::optional<std::string> ForeignAddresses::holderOf(net::Ipv4Address address,
                                                      const net::MacAddress& mac) const {
  if (auto reserved = reservedFor(address)) return reserved;
  for (auto at = seen_.lower_bound({address, net::MacAddress{}});
       at != seen_.end() && at->first == address; ++at) {
    if (at->second != mac) return fmt::format("{} on the wire", net::format(at->second));
  }
  return std::nullopt;
}

}  // namespace netctl::kernel
