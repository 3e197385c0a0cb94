#include "netctl/kernel/links/announce.h"

#include "netctl/kernel/links/link.h"

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
#include <utility>

namespace netctl::kernel {
namespace {

// After the one before.
constexpr std::array kPauses{std::chrono::milliseconds{300}, std::chrono::milliseconds{700}};

constexpr std::array<std::uint8_t, ETH_ALEN> kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/// An Ethernet frame with an ARP or RARP packet.
struct ArpFrame {
  ether_header header;
  ether_arp arp;
};
static_assert(sizeof(ArpFrame) == sizeof(ether_header) + sizeof(ether_arp));

ArpFrame broadcast(std::uint16_t type, std::uint16_t operation, const net::MacAddress& sender) {
  ArpFrame frame{};
  std::memcpy(frame.header.ether_dhost, kBroadcast.data(), ETH_ALEN);
  std::memcpy(frame.header.ether_shost, sender.bytes.data(), ETH_ALEN);
  frame.header.ether_type = htons(type);
  frame.arp.ea_hdr.ar_hrd = htons(ARPHRD_ETHER);
  frame.arp.ea_hdr.ar_pro = htons(ETHERTYPE_IP);
  frame.arp.ea_hdr.ar_hln = ETH_ALEN;
  frame.arp.ea_hdr.ar_pln = sizeof(in_addr);
  frame.arp.ea_hdr.ar_op = htons(operation);
  std::memcpy(frame.arp.arp_sha, sender.bytes.data(), ETH_ALEN);
  return frame;
}

// RFC 826, with us as sender and the address itself as target.
ArpFrame arpFrame(std::uint16_t operation, const net::MacAddress& mac, net::Ipv4Address address) {
  auto frame = broadcast(ETHERTYPE_ARP, operation, mac);
  const auto wire = htonl(address.value);
  std::memcpy(frame.arp.arp_spa, &wire, sizeof wire);
  std::memcpy(frame.arp.arp_tpa, &wire, sizeof wire);
  if (operation == ARPOP_REPLY) std::memcpy(frame.arp.arp_tha, kBroadcast.data(), ETH_ALEN);
  return frame;
}

// RFC 5227, section 2.1.1: from no address.
ArpFrame probeFrame(const net::MacAddress& mac, net::Ipv4Address address) {
  auto frame = broadcast(ETHERTYPE_ARP, ARPOP_REQUEST, mac);
  const auto wire = htonl(address.value);
  std::memcpy(frame.arp.arp_tpa, &wire, sizeof wire);
  return frame;
}

// RFC 903: the MAC asks for its own address.
ArpFrame rarpFrame(const net::MacAddress& mac) {
  auto frame = broadcast(ETHERTYPE_REVARP, ARPOP_RREQUEST, mac);
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

Error announcementError(const host::InterfaceAddress& address, std::string_view why) {
  return {ErrorCode::Kernel, "",
          fmt::format("cannot announce {} on {}: {}", net::format(address.address),
                      address.interface, why)};
}

/// By that device; false with errno.
bool sendFrame(int packets, int device, const ArpFrame& frame) {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = frame.header.ether_type;
  to.sll_ifindex = device;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as sendto(2) wants it.
  const auto* address = reinterpret_cast<const sockaddr*>(&to);
  return ::sendto(packets, &frame, sizeof frame, 0, address, sizeof to) >= 0;
}

}  // namespace

Result<AnnouncementSocket> AnnouncementSocket::open() {
  auto routes = RouteSocket::open();
  if (!routes) return routes.error();
  const int packets = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (packets < 0) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("cannot open a packet socket: {}", std::strerror(errno))};
  }
  return AnnouncementSocket(std::move(*routes), packets);
}

AnnouncementSocket::AnnouncementSocket(AnnouncementSocket&& other) noexcept
    : routes_(std::move(other.routes_)), packets_(std::exchange(other.packets_, -1)) {}

AnnouncementSocket::~AnnouncementSocket() {
  if (packets_ >= 0) ::close(packets_);
}

Result<std::optional<Link>> AnnouncementSocket::etherOf(const host::InterfaceAddress& address) {
  auto link = findLink(routes_, address.interface);
  if (!link) return link.error();
  if (!*link || (*link)->name != address.interface) {
    return announcementError(address, "there is no such device");
  }
  if (!(*link)->is_ethernet) link->reset();
  return link;
}

Result<void> AnnouncementSocket::send(const host::InterfaceAddress& address) {
  const auto link = etherOf(address);
  if (!link) return link.error();
  if (!*link) return {};
  for (const std::uint16_t operation : {ARPOP_REQUEST, ARPOP_REPLY}) {
    if (!sendFrame(packets_, (*link)->index, arpFrame(operation, (*link)->mac, address.address))) {
      return announcementError(address, std::strerror(errno));
    }
  }
  return {};
}

Result<void> AnnouncementSocket::probe(const host::InterfaceAddress& address) {
  const auto link = etherOf(address);
  if (!link) return link.error();
  if (!*link) return {};
  if (sendFrame(packets_, (*link)->index, probeFrame((*link)->mac, address.address))) return {};
  return announcementError(address, std::strerror(errno));
}

Result<void> AnnouncementSocket::send(const PortAnnouncement& port) {
  const auto failed = [&](std::string_view why) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("cannot announce the port {}: {}", port.device, why)};
  };
  const auto device = findLink(routes_, port.device);
  if (!device) return device.error();
  const auto bridge = findLink(routes_, port.bridge);
  if (!bridge) return bridge.error();
  if (!*device || !*bridge || (*device)->master != (*bridge)->index) return {};
  // One without carrier can learn nothing, and forwards nothing yet.
  if (const auto learned = routes_.request(learn((*device)->index, port.mac));
      !learned.ok() && learned.number != EPERM) {
    return failed(learned.text);
  }
  if (!sendFrame(packets_, (*bridge)->index, rarpFrame(port.mac)))
    return failed(std::strerror(errno));
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
  return begin(nameOf(address), [this, address] { return socket_.send(address); });
}

Result<void> Announcer::announce(const PortAnnouncement& port) {
  return begin(nameOf(port.device), [this, port] { return socket_.send(port); });
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
