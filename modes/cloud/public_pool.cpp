#include "modes/cloud/public_pool.h"

#include <algorithm>
#include <bit>

namespace netctl::cloud {
namespace {

/// Comparisons are made in 64 bits, so that one past 255.255.255.255 is a number too.
std::uint64_t wide(net::Ipv4Address address) {
  return address.value;
}

}  // namespace

void PublicPool::add(AddressRange range) {
  // All that overlap or touch the new range become one with it.
  const auto begin = std::partition_point(
      ranges_.begin(), ranges_.end(),
      [&](const AddressRange& other) { return wide(other.last) + 1 < wide(range.first); });
  const auto end = std::partition_point(begin, ranges_.end(), [&](const AddressRange& other) {
    return wide(other.first) <= wide(range.last) + 1;
  });
  if (begin != end) {
    range.first = std::min(range.first, begin->first);
    range.last = std::max(range.last, std::prev(end)->last);
  }
  ranges_.insert(ranges_.erase(begin, end), range);
}

void PublicPool::remove(AddressRange range) {
  const auto begin =
      std::partition_point(ranges_.begin(), ranges_.end(),
                           [&](const AddressRange& other) { return other.last < range.first; });
  const auto end = std::partition_point(
      begin, ranges_.end(), [&](const AddressRange& other) { return other.first <= range.last; });
  if (begin == end) return;
  std::vector<AddressRange> rest;
  if (begin->first < range.first) rest.push_back({begin->first, {range.first.value - 1}});
  if (std::prev(end)->last > range.last) rest.push_back({range.last + 1, std::prev(end)->last});
  ranges_.insert(ranges_.erase(begin, end), rest.begin(), rest.end());
}

bool PublicPool::contains(net::Ipv4Address address) const {
  return overlaps({address, 32});
}

bool PublicPool::overlaps(const net::Ipv4Prefix& prefix) const {
  const auto range =
      std::partition_point(ranges_.begin(), ranges_.end(),
                           [&](const AddressRange& other) { return other.last < prefix.first(); });
  return range != ranges_.end() && range->first <= prefix.last();
}

std::uint64_t PublicPool::size() const {
  std::uint64_t size = 0;
  for (const auto& range : ranges_) size += wide(range.last) - wide(range.first) + 1;
  return size;
}

std::vector<net::Ipv4Prefix> PublicPool::prefixes() const {
  std::vector<net::Ipv4Prefix> prefixes;
  for (const auto& range : ranges_) {
    for (auto first = wide(range.first); first <= wide(range.last);) {
      // The largest block that begins here: as the alignment allows and as what is left holds.
      const auto left = wide(range.last) - first + 1;
      const auto aligned = first == 0 ? std::uint64_t{1} << 32U : first & (~first + 1);
      const auto size = std::min(aligned, std::bit_floor(left));
      prefixes.push_back({{static_cast<std::uint32_t>(first)},
                          static_cast<std::uint8_t>(32 - std::countr_zero(size))});
      first += size;
    }
  }
  return prefixes;
}

}  // namespace netctl::cloud
