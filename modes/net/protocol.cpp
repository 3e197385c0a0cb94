#include "modes/net/protocol.h"

#include <fmt/format.h>

#include <charconv>

namespace netctl::net {

Result<Protocol> parseProtocol(std::string_view text) {
  if (text == "tcp") return kTcp;
  if (text == "udp") return kUdp;
  if (text == "icmp") return kIcmp;
  if (text == "all" || text == "-1") return kAnyProtocol;
  std::uint8_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || fault != std::errc{} || end != text.data() + text.size()) {
    return Error{
        ErrorCode::InvalidArgument, "InvalidParameterValue",
        fmt::format("'{}' is not a protocol; write tcp, udp, icmp, all or a number of 0..255",
                    text)};
  }
  return Protocol{number};
}

std::string format(const Protocol& protocol) {
  if (protocol == kAnyProtocol) return "all";
  if (protocol == kTcp) return "tcp";
  if (protocol == kUdp) return "udp";
  if (protocol == kIcmp) return "icmp";
  return std::to_string(*protocol.number);
}

}  // namespace netctl::net
