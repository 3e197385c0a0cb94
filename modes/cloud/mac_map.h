#pragma once

#include "modes/net/address.h"
#include "modes/net/mac.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace netctl::cloud {

/// One pair of VNET_MACMAP.
struct MacPair {
  net::MacAddress mac;
  net::Ipv4Address address;

  bool operator==(const MacPair&) const = default;
};

/// The instances' MACs and addresses of STATIC, in the order of VNET_MACMAP.
class MacMap {
 public:
  MacMap() = default;
  /// Precondition: no MAC and no address is in two pairs.
  explicit MacMap(std::vector<MacPair> pairs);

  [[nodiscard]] const std::vector<MacPair>& pairs() const { return pairs_; }
  /// The place of the pair with that MAC.
  [[nodiscard]] std::optional<std::uint32_t> find(const net::MacAddress& mac) const;

  bool operator==(const MacMap& other) const { return pairs_ == other.pairs_; }

 private:
  std::vector<MacPair> pairs_;
  std::vector<std::uint32_t> by_mac_;  ///< places, sorted by MAC
};

}  // namespace netctl::cloud
