#include "modes/cloud/resource_ids.h"

#include <fmt/format.h>

#include <charconv>

namespace netctl::cloud {
namespace {

constexpr std::string_view kAllocation = "eipalloc-";
constexpr std::string_view kAssociation = "eipassoc-";

constexpr int kShort = 8;
constexpr int kLong = 17;

std::string idOf(std::string_view prefix, net::Ipv4Address address, int digits) {
  return fmt::format("{}{:0{}x}", prefix, address.value, digits);
}

std::string idOf(std::string_view prefix, const Address& address) {
  return idOf(prefix, address.address, address.long_id ? kLong : kShort);
}

std::optional<net::Ipv4Address> addressOf(std::string_view prefix, std::string_view id) {
  if (!id.starts_with(prefix)) return {};
  net::Ipv4Address address;
  std::from_chars(id.data() + prefix.size(), id.data() + id.size(), address.value, 16);
  // Of several spellings only those that are given out.
  for (const auto digits : {kShort, kLong}) {
    if (idOf(prefix, address, digits) == id) return address;
  }
  return {};
}

}  // namespace

std::string allocationId(const Address& address) {
  return idOf(kAllocation, address);
}

std::string associationId(const Address& address) {
  return idOf(kAssociation, address);
}

std::optional<net::Ipv4Address> addressOfAllocation(std::string_view id) {
  return addressOf(kAllocation, id);
}

std::optional<net::Ipv4Address> addressOfAssociation(std::string_view id) {
  return addressOf(kAssociation, id);
}

}  // namespace netctl::cloud
