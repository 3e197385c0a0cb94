#pragma once

#include "modes/net/address.h"

#include <cstdint>
#include <vector>

namespace netctl::cloud {

/// Addresses from first to last, both included.
struct AddressRange {
  net::Ipv4Address first;
  net::Ipv4Address last;

  auto operator<=>(const AddressRange&) const = default;
};

/// The public addresses of VNET_PUBLICIPS: disjoint ranges, ascending, neighbours merged.
class PublicPool {
 public:
  PublicPool() = default;

  void add(AddressRange range);
  void remove(AddressRange range);

  [[nodiscard]] const std::vector<AddressRange>& ranges() const { return ranges_; }
  [[nodiscard]] bool contains(net::Ipv4Address address) const;
  [[nodiscard]] bool overlaps(const net::Ipv4Prefix& prefix) const;
  [[nodiscard]] std::uint64_t size() const;
  /// The same addresses as the fewest prefixes, ascending.
  [[nodiscard]] std::vector<net::Ipv4Prefix> prefixes() const;

  bool operator==(const PublicPool&) const = default;

 private:
  std::vector<AddressRange> ranges_;
};

}  // namespace netctl::cloud
