#include "dhcp/message.h"

#include "dhcp/render.h"

#include <algorithm>
#include <array>

namespace netctl::dhcp {
namespace {

// RFC 2131, figure 1.
constexpr std::size_t kTransactionOffset = 4;
constexpr std::size_t kClientAddressOffset = 12;
constexpr std::size_t kHardwareOffset = 28;
constexpr std::size_t kCookieOffset = 236;
constexpr std::size_t kOptionsOffset = 240;
constexpr std::array<std::uint8_t, 4> kCookie{99, 130, 83, 99};
constexpr std::uint8_t kBootRequest = 1;
constexpr std::uint8_t kBootReply = 2;
constexpr std::uint8_t kEthernet = 1;

// RFC 2132.
constexpr std::uint8_t kPad = 0;
constexpr std::uint8_t kMessageType = 53;
constexpr std::uint8_t kParameterList = 55;
constexpr std::uint8_t kEnd = 255;
constexpr std::uint8_t kAck = 5;
constexpr std::uint8_t kInform = 8;

void put32(Bytes& bytes, std::size_t offset, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[offset + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  }
}

std::uint32_t get32(std::span<const std::uint8_t> bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bytes[offset + i];
  return value;
}

}  // namespace

Bytes renderQuestion(std::uint32_t transaction, net::Ipv4Address about) {
  // A local MAC that no guest of ours has.
  constexpr std::array<std::uint8_t, 6> kMac{0x02, 0, 0, 0, 0, 0};
  Bytes bytes(kOptionsOffset);
  bytes[0] = kBootRequest;
  bytes[1] = kEthernet;
  bytes[2] = kMac.size();
  put32(bytes, kTransactionOffset, transaction);
  put32(bytes, kClientAddressOffset, about.value);
  std::copy(kMac.begin(), kMac.end(), bytes.begin() + kHardwareOffset);
  std::copy(kCookie.begin(), kCookie.end(), bytes.begin() + kCookieOffset);
  bytes.insert(bytes.end(), {kMessageType, 1, kInform, kParameterList, 1, kGenerationOption, kEnd});
  return bytes;
}

Result<Answer> parseAnswer(std::span<const std::uint8_t> bytes) {
  const auto wrong = [](const char* what) {
    return Error{ErrorCode::Internal, "", std::string("the DHCP server's answer has ") + what};
  };
  if (bytes.size() < kOptionsOffset) return wrong("too few bytes");
  if (bytes[0] != kBootReply) return wrong("another operation than BOOTREPLY");
  if (!std::equal(kCookie.begin(), kCookie.end(), bytes.begin() + kCookieOffset)) {
    return wrong("no DHCP cookie");
  }
  Answer answer{.transaction = get32(bytes, kTransactionOffset), .generation = {}};
  bool acknowledged = false;
  for (auto rest = bytes.subspan(kOptionsOffset); !rest.empty() && rest[0] != kEnd;) {
    if (rest[0] == kPad) {
      rest = rest.subspan(1);
      continue;
    }
    if (rest.size() < 2 || rest.size() - 2 < rest[1]) return wrong("an option that is cut off");
    const auto value = rest.subspan(2, rest[1]);
    if (rest[0] == kMessageType) acknowledged = value.size() == 1 && value[0] == kAck;
    if (rest[0] == kGenerationOption) answer.generation.assign(value.begin(), value.end());
    rest = rest.subspan(2 + value.size());
  }
  if (!acknowledged) return wrong("another type than DHCPACK");
  return answer;
}

}  // namespace netctl::dhcp
