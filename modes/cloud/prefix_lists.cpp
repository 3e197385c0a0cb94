#include "modes/cloud/prefix_lists.h"

#include "base/text.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

namespace netctl::cloud {

std::string format(const Cidr& cidr) {
  return std::visit([](const auto& prefix) { return net::format(prefix); }, cidr);
}

Result<Cidr> parseCidr(std::string_view text) {
  if (const auto prefix = net::parseIpv4Prefix(text)) return Cidr(*prefix);
  if (const auto prefix = net::parseIpv6Prefix(text)) return Cidr(*prefix);
  return invalid(
      fmt::format("{} is not a CIDR block; write an address and a length of 0 to 32, as "
                  "10.0.0.0/8, or of 0 to 128, as 2001:db8::/32",
                  quote(text)));
}

AddressFamily familyOf(const Cidr& cidr) {
  return std::holds_alternative<net::Ipv4Prefix>(cidr) ? AddressFamily::Ipv4 : AddressFamily::Ipv6;
}

std::string_view format(AddressFamily family) {
  return family == AddressFamily::Ipv4 ? "IPv4" : "IPv6";
}

Result<AddressFamily> parseAddressFamily(std::string_view text) {
  if (text == "IPv4" || text == "ipv4") return AddressFamily::Ipv4;
  if (text == "IPv6" || text == "ipv6") return AddressFamily::Ipv6;
  return invalid(fmt::format("{} is not an address family; write IPv4 or IPv6", quote(text)));
}

bool holds(const PrefixList& list, net::Ipv4Address address) {
  for (std::uint8_t length = 0; length <= 32; ++length) {
    if (list.entries.contains(net::prefixOf(address, length))) return true;
  }
  return false;
}

}  // namespace netctl::cloud
