#include "tests/dhcp/wire_client.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace netctl::dhcp {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kEthernet = 14;
constexpr std::size_t kIp = 20;
constexpr std::size_t kUdp = 8;
constexpr std::size_t kBootp = 240;
constexpr std::array<std::uint8_t, 6> kEverybody{255, 255, 255, 255, 255, 255};

void add16(Bytes& bytes, std::uint32_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}
void add32(Bytes& bytes, std::uint32_t value) {
  add16(bytes, value >> 16);
  add16(bytes, value & 0xffff);
}
std::uint32_t get32(std::span<const std::uint8_t> bytes, std::size_t offset) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return ntohl(value);
}
template <class Range>
void append(Bytes& bytes, const Range& range) {
  bytes.insert(bytes.end(), range.begin(), range.end());
}

Bytes ipHeader(std::size_t payload, net::Ipv4Address source, net::Ipv4Address destination) {
  Bytes header{0x45, 0};
  add16(header, static_cast<std::uint32_t>(kIp + payload));
  append(header, Bytes{0, 0, 0x40, 0, 64, IPPROTO_UDP, 0, 0});
  add32(header, source.value);
  add32(header, destination.value);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < kIp; i += 2) sum += header[i] << 8U | header[i + 1];
  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~(sum + (sum >> 16));
  header[10] = static_cast<std::uint8_t>(sum >> 8);
  header[11] = static_cast<std::uint8_t>(sum);
  return header;
}

}  // namespace

struct WireClient::Message {
  std::uint8_t type = 1;
  net::MacAddress mac;
  net::Ipv4Address client;     ///< ciaddr and source
  net::Ipv4Address requested;  ///< option 50
  net::Ipv4Address server;     ///< option 54
  std::string client_id;
  std::array<std::uint8_t, 6> to_mac = kEverybody;
  net::Ipv4Address to{0xffffffff};
};

std::string Reply::option(std::uint8_t number) const {
  const auto found = options.find(number);
  return found == options.end() ? "" : found->second;
}

net::Ipv4Address Reply::addressOption(std::uint8_t number) const {
  const auto text = option(number);
  if (text.size() != 4) return {};
  std::uint32_t value = 0;
  std::memcpy(&value, text.data(), 4);
  return {ntohl(value)};
}

WireClient::WireClient(const std::string& device)
    : fd_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_IP))) {
  sockaddr_ll link{};
  link.sll_family = AF_PACKET;
  link.sll_protocol = htons(ETH_P_IP);
  link.sll_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
  EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&link), sizeof link), 0) << device;
  packet_mreq all{};
  all.mr_ifindex = link.sll_ifindex;
  all.mr_type = PACKET_MR_PROMISC;
  EXPECT_EQ(::setsockopt(fd_, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all), 0);
  // Other clients' frames are seen too and wait here while nobody reads.
  const int room = 8 << 20;
  EXPECT_EQ(::setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room), 0);
  transaction_ = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(this)) << 12;
}

WireClient::~WireClient() {
  ::close(fd_);
}

std::optional<Reply> WireClient::exchange(const Message& message, Patience patience) {
  Bytes dhcp{1, 1, 6, 0};
  add32(dhcp, ++transaction_);
  add32(dhcp, 0);
  add32(dhcp, message.client.value);
  dhcp.resize(28);
  append(dhcp, message.mac.bytes);
  dhcp.resize(kBootp - 4);
  append(dhcp, Bytes{99, 130, 83, 99, 53, 1, message.type});
  const auto addressOption = [&dhcp](std::uint8_t number, net::Ipv4Address address) {
    if (address.value == 0) return;
    append(dhcp, Bytes{number, 4});
    add32(dhcp, address.value);
  };
  addressOption(50, message.requested);
  addressOption(54, message.server);
  if (!message.client_id.empty()) {
    append(dhcp, Bytes{61, static_cast<std::uint8_t>(message.client_id.size())});
    append(dhcp, message.client_id);
  }
  append(dhcp, Bytes{55, 6, 1, 3, 6, 12, 15, 28, 255});
  dhcp.resize(std::max<std::size_t>(dhcp.size(), 300));

  Bytes frame(message.to_mac.begin(), message.to_mac.end());
  append(frame, message.mac.bytes);
  add16(frame, ETH_P_IP);
  append(frame, ipHeader(kUdp + dhcp.size(), message.client, message.to));
  add16(frame, 68);
  add16(frame, 67);
  add16(frame, static_cast<std::uint32_t>(kUdp + dhcp.size()));
  add16(frame, 0);
  append(frame, dhcp);
  EXPECT_EQ(::send(fd_, frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
  return waitFor(transaction_, patience);
}

std::optional<Reply> WireClient::waitFor(std::uint32_t transaction, Patience patience) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kPayload = kEthernet + kIp + kUdp;
  const auto deadline = Clock::now() + patience;
  for (auto now = Clock::now(); now < deadline; now = Clock::now()) {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    const auto left = std::chrono::ceil<Patience>(deadline - now);
    if (::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) continue;
    Bytes frame(2048);
    const auto size = ::recv(fd_, frame.data(), frame.size(), 0);
    if (size < static_cast<ssize_t>(kPayload + kBootp)) continue;
    frame.resize(static_cast<std::size_t>(size));
    const auto dhcp = std::span<const std::uint8_t>{frame}.subspan(kPayload);
    if (frame[23] != IPPROTO_UDP || dhcp[0] != 2 || get32(dhcp, 4) != transaction) continue;
    Reply reply;
    reply.address = {get32(dhcp, 16)};
    for (std::size_t i = kBootp; i + 1 < dhcp.size() && dhcp[i] != 255;) {
      if (dhcp[i] == 0) {
        ++i;
        continue;
      }
      const auto value = dhcp.subspan(i + 2, dhcp[i + 1]);
      reply.options[dhcp[i]] = std::string(value.begin(), value.end());
      i += 2 + value.size();
    }
    if (!reply.option(53).empty()) reply.type = static_cast<std::uint8_t>(reply.option(53)[0]);
    return reply;
  }
  return std::nullopt;
}

std::optional<Reply> WireClient::discover(const net::MacAddress& mac, Patience patience,
                                          const std::string& client_id) {
  return exchange({.type = 1, .mac = mac, .client_id = client_id}, patience);
}

std::optional<Reply> WireClient::request(const net::MacAddress& mac, net::Ipv4Address address,
                                         net::Ipv4Address server, Patience patience,
                                         const std::string& client_id) {
  return exchange(
      {.type = 3, .mac = mac, .requested = address, .server = server, .client_id = client_id},
      patience);
}

std::optional<Reply> WireClient::reboot(const net::MacAddress& mac, net::Ipv4Address address,
                                        Patience patience) {
  return exchange({.type = 3, .mac = mac, .requested = address}, patience);
}

std::optional<Reply> WireClient::rebind(const net::MacAddress& mac, net::Ipv4Address address,
                                        Patience patience) {
  return exchange({.type = 3, .mac = mac, .client = address}, patience);
}

std::optional<Reply> WireClient::renew(const net::MacAddress& mac, net::Ipv4Address address,
                                       net::Ipv4Address server, const net::MacAddress& server_mac,
                                       Patience patience) {
  return exchange(
      {.type = 3, .mac = mac, .client = address, .to_mac = server_mac.bytes, .to = server},
      patience);
}

std::optional<Reply> WireClient::inform(const net::MacAddress& mac, net::Ipv4Address address,
                                        Patience patience) {
  return exchange({.type = 8, .mac = mac, .client = address}, patience);
}

std::optional<Reply> WireClient::boot(const net::MacAddress& mac, const std::string& client_id) {
  const auto offer = discover(mac, kPatience, client_id);
  if (!offer || offer->type != kOffer) return std::nullopt;
  const auto reply = request(mac, offer->address, offer->addressOption(54), kPatience, client_id);
  return reply && reply->type == kAck ? reply : std::nullopt;
}

}  // namespace netctl::dhcp
