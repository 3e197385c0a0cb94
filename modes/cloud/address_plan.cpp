#include "modes/cloud/address_plan.h"

#include <algorithm>

namespace netctl::cloud {

std::uint32_t AddressPlan::networks() const {
  constexpr std::uint64_t kTags = net::Tag::kLast - net::Tag::kFirst + 1;
  return static_cast<std::uint32_t>(std::min(kTags, subnet.size() / network_size));
}

bool AddressPlan::hasTag(net::Tag tag) const {
  return tag.value >= net::Tag::kFirst &&
         std::uint32_t{tag.value} - net::Tag::kFirst < networks() &&
         std::binary_search(tags.begin(), tags.end(), tag);
}

net::Ipv4Prefix AddressPlan::network(net::Tag tag) const {
  std::uint8_t length = 32;
  for (auto size = network_size; size > 1; size /= 2) --length;
  return {subnet.address + (tag.value - net::Tag::kFirst) * network_size, length};
}

net::Ipv4Address AddressPlan::gateway(net::Tag tag) const {
  return network(tag).address + 1 + cluster_index;
}

net::Ipv4Address AddressPlan::host(net::Tag tag, std::uint32_t index) const {
  return network(tag).address + index;
}

std::uint32_t AddressPlan::firstOwnIndex() const {
  return kFirstHostIndex + cluster_index * (network_size - 10) / clusters;
}

std::uint32_t AddressPlan::lastOwnIndex() const {
  return kFirstHostIndex - 1 + (cluster_index + 1) * (network_size - 10) / clusters;
}

std::optional<AddressPlace> AddressPlan::locate(net::Ipv4Address address) const {
  if (!subnet.contains(address)) return {};
  const auto offset = address.value - subnet.address.value;
  const auto number = offset / network_size;
  if (number >= networks()) return {};
  return AddressPlace{{static_cast<std::uint16_t>(net::Tag::kFirst + number)},
                      offset % network_size};
}

}  // namespace netctl::cloud
