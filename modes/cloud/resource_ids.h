#pragma once

#include "modes/cloud/objects.h"

#include <optional>
#include <string>
#include <string_view>

/// Ids that EC2 has for what is known by its address here. They follow from the address, so that
/// nothing needs to remember more than how long they are: an id stays what it was when it was given
/// out first.
namespace netctl::cloud {

/// `eipalloc-` and 8 or 17 lower-case hexadecimal digits.
std::string allocationId(const Address& address);
/// `eipassoc-` and the same digits.
std::string associationId(const Address& address);
/// The address of an id that one of those gave, of either length; absent for any other id.
std::optional<net::Ipv4Address> addressOfAllocation(std::string_view id);
std::optional<net::Ipv4Address> addressOfAssociation(std::string_view id);

}  // namespace netctl::cloud
