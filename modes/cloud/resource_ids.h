#pragma once

#include "modes/net/address.h"

#include <optional>
#include <string>
#include <string_view>

/// Ids that EC2 has for what is known by its address here. They follow from the address, so that
/// nothing needs to remember them.
namespace netctl::cloud {

/// `eipalloc-` and eight lower-case hexadecimal digits.
std::string allocationId(net::Ipv4Address address);
/// `eipassoc-` and the same digits.
std::string associationId(net::Ipv4Address address);
/// The address of an id that one of those gave; absent for any other id.
std::optional<net::Ipv4Address> addressOfAllocation(std::string_view id);
std::optional<net::Ipv4Address> addressOfAssociation(std::string_view id);

}  // namespace netctl::cloud
