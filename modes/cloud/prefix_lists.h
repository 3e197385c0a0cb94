#pragma once

#include "modes/cloud/objects.h"

#include <string>
#include <string_view>

/// What a prefix list's entries are and mean.
namespace netctl::cloud {

std::string format(const Cidr& cidr);
/// `a.b.c.d/0..32` or an IPv6 prefix; host bits are cleared.
Result<Cidr> parseCidr(std::string_view text);
AddressFamily familyOf(const Cidr& cidr);
/// `IPv4` or `IPv6`.
std::string_view format(AddressFamily family);
/// As `format` writes them, or in lower case.
Result<AddressFamily> parseAddressFamily(std::string_view text);

/// True where one of the list's prefixes has the address. The cost does not grow with the list.
bool holds(const PrefixList& list, net::Ipv4Address address);

}  // namespace netctl::cloud
