#include "netctl/kernel/announce.h"

#include "netctl/kernel/links.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
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
  explicit Socket(int type) : descriptor(socket(AF_PACKET, type | SOCK_CLOEXEC, 0)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int descriptor;
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

/// An Ethernet frame with an ARP or RARP packet.
struct ArpFrame {
  ether_header header;
  ether_arp arp;
};
static_assert(sizeof(ArpFrame) == sizeof(ether_header) + sizeof(ether_arp));

// RFC 903: the MAC asks for its own address.
ArpFrame rarpFrame(const net::MacAddress& mac) {
  ArpFrame frame{};
  std::memcpy(frame.header.ether_dhost, kBroadcast.data(), ETH_ALEN);
  std::memcpy(frame.header.ether_shost, mac.bytes.data(), ETH_ALEN);
  frame.header.ether_type = htons(ETHERTYPE_REVARP);
  frame.arp.ea_hdr.ar_hrd = htons(ARPHRD_ETHER);
  frame.arp.ea_hdr.ar_pro = htons(ETHERTYPE_IP);
  frame.arp.ea_hdr.ar_hln = ETH_ALEN;
  frame.arp.ea_hdr.ar_pln = sizeof(in_addr);
  frame.arp.ea_hdr.ar_op = htons(ARPOP_RREQUEST);
  std::memcpy(frame.arp.arp_sha, mac.bytes.data(), ETH_ALEN);
  std::memcpy(frame.arp.arp_tha, mac.bytes.data(), ETH_ALEN);
  return frame;
}

/// As if the bridge had got a frame of the MAC by this port.
RouteMessage learn(int port, const net::MacAddress& mac) {
  ndmsg header{};
  header.ndm_family = AF_BRIDGE;
  header.ndm_ifindex = port;
  header.ndm_state = NUD_REACHABLE;
  header.ndm_flags = NTF_MASTER;
  RouteMessage message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, header);
  message.put(NDA_LLADDR, mac.bytes.data(), mac.bytes.size());
  return message;
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
  const Socket packets(SOCK_DGRAM);
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

Result<void> sendPortAnnouncement(RouteSocket& socket, const PortAnnouncement& port) {
  const auto failed = [&](std::string_view why) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("cannot announce the port {}: {}", port.device, why)};
  };
  const auto device = findLink(socket, port.device);
  if (!device) return device.error();
  const auto bridge = findLink(socket, port.bridge);
  if (!bridge) return bridge.error();
  if (!*device || !*bridge || (*device)->master != (*bridge)->index) return {};
  // One without carrier can learn nothing, and forwards nothing yet.
  if (const auto learned = socket.request(learn((*device)->index, port.mac));
      !learned.ok() && learned.number != EPERM) {
    return failed(learned.text);
  }
  const Socket packets(SOCK_RAW);
  if (packets.descriptor < 0) return failed(std::strerror(errno));
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = (*bridge)->index;
  const auto rarp = rarpFrame(port.mac);
  if (sendto(packets.descriptor, &rarp, sizeof rarp, 0, reinterpret_cast<const sockaddr*>(&to),
             sizeof to) < 0) {
    return failed(std::strerror(errno));
  }
  return {};
}

std::string Announcer::nameOf(const host::InterfaceAddress& address) {
  return fmt::format("{} {}/{}", address.interface, net::format(address.address), address.length);
}

// No device has a slash in its name.
std::string Announcer::nameOf(const std::string& device) {
  return "/" + device;
}

Result<void> Announcer::announce(const host::InterfaceAddress& address) {
  return begin(nameOf(address), [this, address] { return sendAnnouncement(socket_, address); });
}

Result<void> Announcer::announce(const PortAnnouncement& port) {
  return begin(nameOf(port.device), [this, port] { return sendPortAnnouncement(socket_, port); });
}

Result<void> Announcer::begin(const std::string& name, const Round& send) {
  pending_.erase(name);
  if (auto sent = send(); !sent) return sent;
  schedule(name, send, 0);
  return {};
}

void Announcer::schedule(const std::string& name, const Round& send, std::size_t round) {
  auto& timer =
      pending_.insert_or_assign(name, boost::asio::steady_timer(io_, kPauses[round])).first->second;
  timer.async_wait([this, name, send, round](const boost::system::error_code& canceled) {
    // A timer that has run out cannot be canceled any more.
    if (canceled || !pending_.contains(name)) return;
    if (send() && round + 1 < kPauses.size()) {
      schedule(name, send, round + 1);
    } else {
      pending_.erase(name);
    }
  });
}

}  // namespace netctl::kernel
