#include "dhcp/message.h"

#include "dhcp/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace netctl::dhcp {
namespace {

// RFC 2131, figure 1.
constexpr std::size_t kTransactionOffset = 4;
constexpr std::size_t kClientAddressOffset = 12;
constexpr std::size_t kOfferedAddressOffset = 16;
constexpr std::size_t kHardwareOffset = 28;
constexpr std::size_t kCookieOffset = 236;
constexpr std::size_t kOptionsOffset = 240;
constexpr std::array<std::uint8_t, 4> kCookie{99, 130, 83, 99};
constexpr std::uint8_t kBootRequest = 1;
constexpr std::uint8_t kBootReply = 2;
constexpr std::uint8_t kEthernet = 1;

// RFC 2132.
constexpr std::uint8_t kPad = 0;
constexpr std::uint8_t kRouters = 3;
constexpr std::uint8_t kMessageType = 53;
constexpr std::uint8_t kServer = 54;
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

Error wrongMessage(std::string_view what) {
  return {ErrorCode::InvalidArgument, "", std::string(what)};
}

/// The message's type; 0: none. Calls `see(option, value)` for each option. An error where it is no
/// DHCP message.
template <class See>
Result<std::uint8_t> readMessage(std::span<const std::uint8_t> bytes, See see) {
  if (bytes.size() < kOptionsOffset) return wrongMessage("too few bytes");
  if (!std::equal(kCookie.begin(), kCookie.end(), bytes.begin() + kCookieOffset)) {
    return wrongMessage("no DHCP cookie");
  }
  std::uint8_t type = 0;
  for (auto rest = bytes.subspan(kOptionsOffset); !rest.empty() && rest[0] != kEnd;) {
    if (rest[0] == kPad) {
      rest = rest.subspan(1);
      continue;
    }
    if (rest.size() < 2 || rest.size() - 2 < rest[1]) {
      return wrongMessage("an option that is cut off");
    }
    const auto value = rest.subspan(2, rest[1]);
    if (rest[0] == kMessageType) type = value.size() == 1 ? value[0] : 0;
    see(rest[0], value);
    rest = rest.subspan(2 + value.size());
  }
  return type;
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
  const auto wrong = [](std::string_view what) {
    return Error{ErrorCode::Internal, "", fmt::format("the DHCP server's answer has {}", what)};
  };
  Answer answer;
  const auto type = readMessage(bytes, [&](std::uint8_t option, auto value) {
    if (option == kGenerationOption) answer.generation.assign(value.begin(), value.end());
  });
  if (!type) return wrong(type.error().message);
  if (bytes[0] != kBootReply) return wrong("another operation than BOOTREPLY");
  if (*type != kAck) return wrong("another type than DHCPACK");
  answer.transaction = get32(bytes, kTransactionOffset);
  return answer;
}

Result<Message> parseMessage(std::span<const std::uint8_t> bytes) {
  std::vector<net::Ipv4Address> servers;
  const auto type = readMessage(bytes, [&](std::uint8_t option, auto value) {
    if (option != kRouters && option != kServer) return;
    for (; value.size() >= 4; value = value.subspan(4)) servers.push_back({get32(value, 0)});
  });
  if (!type) return type.error();
  if (bytes[0] != kBootRequest && bytes[0] != kBootReply) return wrongMessage("no known operation");
  Message message{.from_client = bytes[0] == kBootRequest,
                  .transaction = get32(bytes, kTransactionOffset),
                  .client = {},
                  .offered = {get32(bytes, kOfferedAddressOffset)},
                  .acknowledges = bytes[0] == kBootReply && *type == kAck};
  if (!message.from_client) message.servers = std::move(servers);
  auto& mac = message.client.bytes;
  if (bytes[1] != kEthernet || bytes[2] != mac.size()) return wrongMessage("no Ethernet client");
  std::copy_n(bytes.begin() + kHardwareOffset, mac.size(), mac.begin());
  return message;
}

}  // namespace netctl::dhcp
