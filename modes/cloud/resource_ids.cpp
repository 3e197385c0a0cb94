#include "modes/cloud/resource_ids.h"

#include <fmt/format.h>

#include <charconv>

namespace netctl::cloud {
namespace {

constexpr std::string_view kAllocation = "eipalloc-";
constexpr std::string_view kAssociation = "eipassoc-";

std::string idOf(std::string_view prefix, net::Ipv4Address address) {
  return fmt::format("{}{:08x}", prefix, address.value);
}

std::optional<net::Ipv4Address> addressOf(std::string_view prefix, std::string_view id) {
  if (!id.starts_with(prefix) || id.size() != prefix.size() + 8) return {};
  net::Ipv4Address address;
  std::from_chars(id.data() + prefix.size(), id.data() + id.size(), address.value, 16);
  // Of several spellings only the one that is given out.
  if (idOf(prefix, address) != id) return {};
  return address;
}

}  // namespace

std::string allocationId(net::Ipv4Address address) {
  return idOf(kAllocation, address);
}

std::string associationId(net::Ipv4Address address) {
  return idOf(kAssociation, address);
}

std::optional<net::Ipv4Address> addressOfAllocation(std::string_view id) {
  return addressOf(kAllocation, id);
}

std::optional<net::Ipv4Address> addressOfAssociation(std::string_view id) {
  return addressOf(kAssociation, id);
}

}  // namespace netctl::cloud
