#include "netctl/kernel/learning/address_frames.h"

#include "dhcp/message.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace netctl::kernel {
namespace {

using View = std::span<const std::uint8_t>;

// Ethernet (IEEE 802.3), ARP (RFC 826), IPv4 (RFC 791), UDP (RFC 768).
constexpr std::uint32_t kSourceOffset = 6;
constexpr std::uint32_t kTypeOffset = 12;
constexpr std::uint32_t kPayload = 14;
constexpr std::uint32_t kArpSize = 28;
constexpr std::uint32_t kArpSenderMac = 8;
constexpr std::uint32_t kArpSenderAddress = 14;
/// Hardware Ethernet, protocol IPv4, the sizes of both addresses.
constexpr std::array<std::uint8_t, 6> kArpOfIpv4{0, 1, 8, 0, 6, 4};
constexpr std::uint32_t kIpHeader = 20;
constexpr std::uint32_t kIpLength = 2;
constexpr std::uint32_t kIpFragment = 6;
constexpr std::uint32_t kIpProtocol = 9;
/// "More fragments", and the offset.
constexpr std::uint16_t kFragmentMask = 0x3fff;
constexpr std::uint32_t kUdpHeader = 8;
constexpr std::uint16_t kServerPort = 67;
constexpr std::uint16_t kClientPort = 68;
constexpr std::uint32_t kClientMac = 28;  ///< `chaddr` (RFC 2131)
constexpr std::uint32_t kWholeFrame = 0x40000;

std::uint16_t get16(View bytes, std::size_t offset) {
  return static_cast<std::uint16_t>(bytes[offset] << 8U | bytes[offset + 1]);
}
net::Ipv4Address addressAt(View bytes, std::size_t offset) {
  return {static_cast<std::uint32_t>(get16(bytes, offset)) << 16U | get16(bytes, offset + 2)};
}
bool hasMac(View bytes, std::size_t offset, const net::MacAddress& mac) {
  return std::equal(mac.bytes.begin(), mac.bytes.end(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

/// An address that a host has on a network: none of 0/8, 127/8, 169.254/16, 224/3.
bool isOfAHost(net::Ipv4Address address) {
  constexpr std::array<net::Ipv4Prefix, 4> kOthers{
      {{{0}, 8}, {{0x7f000000}, 8}, {{0xa9fe0000}, 16}, {{0xe0000000}, 3}}};
  return std::ranges::none_of(kOthers, [&](const auto& other) { return other.contains(address); });
}

std::optional<AddressWord> parseArp(View packet, const net::MacAddress& mac) {
  if (packet.size() < kArpSize ||
      !std::equal(kArpOfIpv4.begin(), kArpOfIpv4.end(), packet.begin()) ||
      !hasMac(packet, kArpSenderMac, mac)) {
    return {};
  }
  const auto address = addressAt(packet, kArpSenderAddress);
  if (!isOfAHost(address)) return {};
  return ArpClaim{address};
}

/// The payload of a whole UDP datagram between these ports; empty where it is none.
View datagram(View packet, std::uint16_t source, std::uint16_t destination) {
  if (packet.size() < kIpHeader || packet[0] >> 4U != 4) return {};
  const std::size_t header = (packet[0] & 0xfU) * 4U;
  // What is behind the packet only fills the frame.
  const std::size_t length = get16(packet, kIpLength);
  if (header < kIpHeader || length > packet.size() || length < header + kUdpHeader ||
      packet[kIpProtocol] != IPPROTO_UDP || (get16(packet, kIpFragment) & kFragmentMask) != 0) {
    return {};
  }
  const auto udp = packet.subspan(header, length - header);
  const std::size_t size = get16(udp, 4);
  if (get16(udp, 0) != source || get16(udp, 2) != destination || size < kUdpHeader ||
      size > udp.size()) {
    return {};
  }
  return udp.subspan(kUdpHeader, size - kUdpHeader);
}

std::optional<AddressWord> parseDhcp(View packet, bool to_instance, const net::MacAddress& mac) {
  const auto message = dhcp::parseMessage(to_instance ? datagram(packet, kServerPort, kClientPort)
                                                      : datagram(packet, kClientPort, kServerPort));
  if (!message || message->client != mac || message->from_client == to_instance) return {};
  if (!to_instance) return DhcpQuestion{message->transaction};
  if (!message->acknowledges || !isOfAHost(message->offered)) return {};
  return DhcpLease{message->transaction, message->offered, message->servers};
}

/// A filter in the making: conditions that a frame must all meet, in one or two alternatives.
class Filter {
 public:
  /// Frames that do not meet a later condition are out from here on, or go on at the next `orElse`.
  void require(std::uint16_t load, std::uint32_t offset, std::uint32_t value,
               std::uint32_t mask = ~0U) {
    code_.push_back({load, 0, 0, offset});
    if (mask != ~0U) code_.push_back({BPF_ALU | BPF_AND | BPF_K, 0, 0, mask});
    jump(value, false);
  }
  void requireNot(std::uint16_t load, std::uint32_t offset, std::uint32_t value) {
    code_.push_back({load, 0, 0, offset});
    jump(value, true);
  }
  void requireMac(std::uint16_t mode, std::uint32_t offset, const net::MacAddress& mac) {
    const auto& bytes = mac.bytes;
    require(BPF_LD | BPF_W | mode, offset,
            static_cast<std::uint32_t>(get16(bytes, 0)) << 16U | get16(bytes, 2));
    require(BPF_LD | BPF_H | mode, offset + 4, get16(bytes, 4));
  }
  void add(std::uint16_t instruction, std::uint32_t value) {
    code_.push_back({instruction, 0, 0, value});
  }
  /// What has met all so far passes; what has not, meets what follows.
  void orElse() {
    code_.push_back({BPF_RET | BPF_K, 0, 0, kWholeFrame});
    const auto next = code_.size();
    for (const auto& [at, equal] : jumps_) {
      auto& target = equal ? code_[at].jt : code_[at].jf;
      target = static_cast<std::uint8_t>(next - at - 1);
    }
    jumps_.clear();
  }
  std::vector<sock_filter> finish() {
    orElse();
    code_.push_back({BPF_RET | BPF_K, 0, 0, 0});
    return std::move(code_);
  }

 private:
  void jump(std::uint32_t value, bool fails_if_equal) {
    jumps_.emplace_back(code_.size(), fails_if_equal);
    code_.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 0, value});
  }

  std::vector<sock_filter> code_;
  std::vector<std::pair<std::size_t, bool>> jumps_;  ///< that wait for their way out
};

constexpr std::uint16_t kByte = BPF_LD | BPF_B | BPF_ABS;
constexpr std::uint16_t kHalf = BPF_LD | BPF_H | BPF_ABS;
constexpr std::uint16_t kWord = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kHalfBehindIp = BPF_LD | BPF_H | BPF_IND;
constexpr std::uint32_t kPacketType = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);

/// DHCP between these ports; the offsets behind the header go by its length, in X.
void requireDhcp(Filter& filter, const net::MacAddress& mac, std::uint16_t source,
                 std::uint16_t destination) {
  filter.require(kHalf, kTypeOffset, ETHERTYPE_IP);
  filter.require(kByte, kPayload + kIpProtocol, IPPROTO_UDP);
  filter.require(kHalf, kPayload + kIpFragment, 0, kFragmentMask);
  filter.add(BPF_LDX | BPF_B | BPF_MSH, kPayload);
  filter.require(kHalfBehindIp, kPayload, source);
  filter.require(kHalfBehindIp, kPayload + 2, destination);
  filter.requireMac(BPF_IND, kPayload + kUdpHeader + kClientMac, mac);
}

}  // namespace

std::optional<ArpSender> parseArpSender(View frame) {
  if (frame.size() < kPayload + kArpSize || get16(frame, kTypeOffset) != ETHERTYPE_ARP) return {};
  const auto packet = frame.subspan(kPayload);
  if (!std::equal(kArpOfIpv4.begin(), kArpOfIpv4.end(), packet.begin())) return {};
  ArpSender sender{addressAt(packet, kArpSenderAddress), {}};
  std::copy_n(packet.begin() + kArpSenderMac, sender.mac.bytes.size(), sender.mac.bytes.begin());
  if (!isOfAHost(sender.address)) return {};
  return sender;
}

std::optional<AddressWord> parseAddressFrame(View frame, bool to_instance,
                                             const net::MacAddress& mac) {
  if (frame.size() < kPayload) return {};
  // Whose MAC it is not, the guard drops.
  if (!to_instance && !hasMac(frame, kSourceOffset, mac)) return {};
  const auto type = get16(frame, kTypeOffset);
  const auto packet = frame.subspan(kPayload);
  if (type == ETHERTYPE_IP) return parseDhcp(packet, to_instance, mac);
  if (type == ETHERTYPE_ARP && !to_instance) return parseArp(packet, mac);
  return {};
}

std::vector<sock_filter> addressFilter(const net::MacAddress& mac,
                                       std::optional<net::Ipv4Address> known) {
  Filter filter;
  filter.require(kByte, kPacketType, PACKET_OUTGOING);
  requireDhcp(filter, mac, kServerPort, kClientPort);
  filter.orElse();
  filter.requireNot(kByte, kPacketType, PACKET_OUTGOING);
  filter.requireMac(BPF_ABS, kSourceOffset, mac);
  requireDhcp(filter, mac, kClientPort, kServerPort);
  filter.orElse();
  filter.requireNot(kByte, kPacketType, PACKET_OUTGOING);
  filter.requireMac(BPF_ABS, kSourceOffset, mac);
  filter.require(kHalf, kTypeOffset, ETHERTYPE_ARP);
  filter.requireMac(BPF_ABS, kPayload + kArpSenderMac, mac);
  filter.requireNot(kWord, kPayload + kArpSenderAddress, 0);
  if (known) filter.requireNot(kWord, kPayload + kArpSenderAddress, known->value);
  return filter.finish();
}

}  // namespace netctl::kernel
