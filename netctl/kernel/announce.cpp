#include "netctl/kernel/announce.h"

#include "netctl/kernel/links.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/if_ether.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace netctl::kernel {
namespace {

// After the one before.
constexpr std::array kPauses{std::chrono::milliseconds{300}, std::chrono::milliseconds{700}};

constexpr std::array<std::uint8_t, ETH_ALEN> kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct Socket {
  int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ~Socket() {
    if (descriptor >= 0) close(descriptor);
  }
};

// The frame of RFC 826 for IPv4 over Ethernet, with us as sender and the address itself as target.
ether_arp frame(std::uint16_t operation, const Link& link, net::Ipv4Address address) {
  ether_arp arp{};
  arp.ea_hdr.ar_hrd = htons(ARPHRD_ETHER);
  arp.ea_hdr.ar_pro = htons(ETHERTYPE_IP);
  arp.ea_hdr.ar_hln = ETH_ALEN;
  arp.ea_hdr.ar_pln = sizeof address.value;
  arp.ea_hdr.ar_op = htons(operation);
  const auto wire = htonl(address.value);
  std::memcpy(arp.arp_sha, link.mac.bytes.data(), ETH_ALEN);
  std::memcpy(arp.arp_spa, &wire, sizeof wire);
  std::memcpy(arp.arp_tpa, &wire, sizeof wire);
  if (operation == ARPOP_REPLY) std::memcpy(arp.arp_tha, kBroadcast.data(), ETH_ALEN);
  return arp;
}

}  // namespace

Result<void> sendAnnouncement(RouteSocket& socket, const host::InterfaceAddress& address) {
  const auto failed = [&](std::string_view why) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("cannot announce {} on {}: {}", net::format(address.address),
                             address.interface, why)};
  };
  const auto link = findLink(socket, address.interface);
  if (!link) return link.error();
  if (!*link || (*link)->name != address.interface) return failed("there is no such device");
  if (!(*link)->is_ethernet) return {};
  const Socket packets;
  if (packets.descriptor < 0) return failed(std::strerror(errno));
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(ETH_P_ARP);
  to.sll_ifindex = (*link)->index;
  to.sll_halen = ETH_ALEN;
  std::memcpy(to.sll_addr, kBroadcast.data(), ETH_ALEN);
  for (const std::uint16_t operation : {ARPOP_REQUEST, ARPOP_REPLY}) {
    const auto arp = frame(operation, **link, address.address);
    if (sendto(packets.descriptor, &arp, sizeof arp, 0, reinterpret_cast<const sockaddr*>(&to),
               sizeof to) < 0) {
      return failed(std::strerror(errno));
    }
  }
  return {};
}

Result<void> Announcer::announce(const host::InterfaceAddress& address) {
  withdraw(address);
  if (auto sent = sendAnnouncement(socket_, address); !sent) return sent;
  schedule(address, 0);
  return {};
}

void Announcer::schedule(const host::InterfaceAddress& address, std::size_t round) {
  auto& timer = pending_.insert_or_assign(address, boost::asio::steady_timer(io_, kPauses[round]))
                    .first->second;
  timer.async_wait([this, address, round](const boost::system::error_code& canceled) {
    // A timer that has run out cannot be canceled any more.
    if (canceled || !pending_.contains(address)) return;
    if (sendAnnouncement(socket_, address) && round + 1 < kPauses.size()) {
      schedule(address, round + 1);
    } else {
      pending_.erase(address);
    }
  });
}

}  // namespace netctl::kernel
