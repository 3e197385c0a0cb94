#pragma once

#include "modes/net/address.h"
#include "modes/net/mac.h"

#include <cstdint>
#include <string>
#include <vector>

/// Ethernet frames by hand, and the two ends of a wire that send and see them.
namespace netctl::kernel {

using Bytes = std::string;

inline constexpr std::uint16_t kTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kTypeArp = 0x0806;
inline constexpr std::uint16_t kTypeRarp = 0x8035;
inline constexpr std::uint16_t kTypeVlan = 0x8100;
inline constexpr std::uint16_t kTypeQinQ = 0x88a8;
inline constexpr std::uint16_t kTypeIpv6 = 0x86dd;

Bytes number16(std::uint16_t value);
/// An address in the order of the wire.
Bytes bytesOf(net::Ipv4Address address);
net::MacAddress mac(const std::string& text);
net::Ipv4Address ip(const std::string& text);
net::Ipv4Prefix prefix(const std::string& text);

/// A payload shorter than the least of Ethernet is padded.
Bytes ethernet(const std::string& destination, const std::string& source, std::uint16_t type,
               const Bytes& payload);
Bytes tagged(std::uint16_t tag, std::uint16_t type, const Bytes& payload);
struct Ipv4Options {
  std::uint8_t protocol = 253;
  std::uint8_t header_words = 5;  ///< as the header says; it has as many from 5 on
  std::uint16_t fragment = 0;     ///< flags and offset
};
Bytes ipv4(const std::string& source, const std::string& destination, const Bytes& payload,
           const Ipv4Options& options = {});
Bytes udp(std::uint16_t source, std::uint16_t destination, const Bytes& payload);
/// From link-local fe80::1 to all nodes.
Bytes ipv6(std::uint8_t protocol, const Bytes& payload);
struct ArpParts {
  std::uint16_t operation = 1;
  std::string sender_mac;
  std::string sender;
  std::string target_mac = "00:00:00:00:00:00";
  std::string target;
  std::uint8_t mac_size = 6;
};
Bytes arp(const ArpParts& parts);

/// What a device of this network namespace sends and gets.
class Wire {
 public:
  explicit Wire(const std::string& device);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void send(const Bytes& frame) const;
  /// True once a frame that holds these bytes came in. Waits for it only where it is `expected`.
  bool gets(const Bytes& bytes, bool expected);
  /// All frames that came in so far.
  const std::vector<Bytes>& frames();

 private:
  int descriptor_ = -1;
  std::vector<Bytes> frames_;
};

}  // namespace netctl::kernel
