#include "modes/net/protocol.h"

#include "base/number.h"

#include <fmt/format.h>

namespace netctl::net {

Result<Protocol> parseProtocol(std::string_view text) {
  if (text == "tcp") return kTcp;
  if (text == "udp") return kUdp;
  if (text == "icmp") return kIcmp;
  if (text == "all" || text == "-1") return kAnyProtocol;
  if (const auto number = parseWhole<std::uint8_t>(text)) return Protocol{*number};
  return Error{
      ErrorCode::InvalidArgument, "InvalidParameterValue",
      fmt::format("'{}' is not a protocol; write tcp, udp, icmp, all or a number of 0..255", text)};
}

std::string format(const Protocol& protocol) {
  if (protocol == kAnyProtocol) return "all";
  if (protocol == kTcp) return "tcp";
  if (protocol == kUdp) return "udp";
  if (protocol == kIcmp) return "icmp";
  return std::to_string(*protocol.number);
}

}  // namespace netctl::net
