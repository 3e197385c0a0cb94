#include "tests/kernel/support/frames.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace netctl::kernel {
namespace {

std::uint16_t checksum(const Bytes& header) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < header.size(); i += 2) {
    sum += static_cast<std::uint32_t>(static_cast<std::uint8_t>(header[i]) << 8U |
                                      static_cast<std::uint8_t>(header[i + 1]));
  }
  while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

Bytes bytesOf(const net::MacAddress& mac) {
  return {mac.bytes.begin(), mac.bytes.end()};
}

}  // namespace

Bytes number16(std::uint16_t value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
}

Bytes bytesOf(net::Ipv4Address address) {
  return number16(static_cast<std::uint16_t>(address.value >> 16U)) +
         number16(static_cast<std::uint16_t>(address.value));
}

net::MacAddress mac(const std::string& text) {
  return net::parseMacAddress(text).value();
}

net::Ipv4Address ip(const std::string& text) {
  return net::parseIpv4Address(text).value();
}

net::Ipv4Prefix prefix(const std::string& text) {
  return net::parseIpv4Prefix(text).value();
}

Bytes ethernet(const std::string& destination, const std::string& source, std::uint16_t type,
               const Bytes& payload) {
  auto frame = bytesOf(mac(destination)) + bytesOf(mac(source)) + number16(type) + payload;
  frame.resize(std::max<std::size_t>(frame.size(), ETH_ZLEN));
  return frame;
}

Bytes tagged(std::uint16_t tag, std::uint16_t type, const Bytes& payload) {
  return number16(tag) + number16(type) + payload;
}

Bytes ipv4(const std::string& source, const std::string& destination, const Bytes& payload,
           const Ipv4Options& options) {
  const std::size_t size = 4U * std::max<std::size_t>(options.header_words, 5);
  Bytes header{static_cast<char>(0x40 | options.header_words), 0};
  header += number16(static_cast<std::uint16_t>(size + payload.size())) + number16(1);
  header += number16(options.fragment) + Bytes{64, static_cast<char>(options.protocol), 0, 0};
  header += bytesOf(ip(source)) + bytesOf(ip(destination));
  header.resize(size, 1);  // options that do nothing
  header.replace(10, 2, number16(checksum(header)));
  return header + payload;
}

Bytes udp(std::uint16_t source, std::uint16_t destination, const Bytes& payload) {
  return number16(source) + number16(destination) +
         number16(static_cast<std::uint16_t>(8 + payload.size())) + number16(0) + payload;
}

Bytes ipv6(std::uint8_t protocol, const Bytes& payload) {
  const Bytes source("\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
  const Bytes destination("\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
  return Bytes("\x60\0\0\0", 4) + number16(static_cast<std::uint16_t>(payload.size())) +
         Bytes{static_cast<char>(protocol), static_cast<char>(255)} + source + destination +
         payload;
}

Bytes arp(const ArpParts& parts) {
  return number16(1) + number16(kTypeIpv4) + Bytes{static_cast<char>(parts.mac_size), 4} +
         number16(parts.operation) + bytesOf(mac(parts.sender_mac)) + bytesOf(ip(parts.sender)) +
         bytesOf(mac(parts.target_mac)) + bytesOf(ip(parts.target));
}

Wire::Wire(const std::string& device) : descriptor_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(device.c_str()));
  EXPECT_NE(address.sll_ifindex, 0) << device;
  EXPECT_EQ(bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << device;
  const int on = 1;
  EXPECT_EQ(setsockopt(descriptor_, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on), 0);
}

Wire::~Wire() {
  close(descriptor_);
}

void Wire::send(const Bytes& frame) const {
  EXPECT_EQ(::send(descriptor_, frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
}

const std::vector<Bytes>& Wire::frames() {
  std::array<char, 65536> buffer{};
  for (;;) {
    const auto size = recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size <= 0) return frames_;
    frames_.emplace_back(buffer.data(), static_cast<std::size_t>(size));
  }
}

bool Wire::gets(const Bytes& bytes, bool expected) {
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;
  const auto end = steady_clock::now() + milliseconds(expected ? 30000 : 0);
  for (;;) {
    const auto holds = [&](const Bytes& frame) { return frame.find(bytes) != Bytes::npos; };
    if (std::any_of(frames().begin(), frames().end(), holds)) return true;
    const auto left = std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd poll{descriptor_, POLLIN, 0};
    ::poll(&poll, 1, static_cast<int>(left.count()));
  }
}

}  // namespace netctl::kernel
