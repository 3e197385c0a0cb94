#pragma once

#include "modes/net/address.h"
#include "modes/net/tag.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace netctl::cloud {

/// Where an address stands in the plan: its network's tag and its index in that network.
struct AddressPlace {
  net::Tag tag;
  std::uint32_t index = 0;

  auto operator<=>(const AddressPlace&) const = default;
};

/// How the private subnet B/M is carved into networks of N addresses, one per tag.
///
/// subnet(v) = B + (v-2)*N; gateway(v, k) = subnet(v) + 1 + k; hosts use index 9..N-2. These equal
/// the addresses of Eucalyptus 3.x, so that an existing cloud can move over. `subnet` is aligned to
/// its length, which the configuration guarantees, so networks are aligned to N.
struct AddressPlan {
  net::Ipv4Prefix subnet;           ///< B/M
  std::uint32_t network_size = 32;  ///< N: a power of two, 16..2048, at most the size of B/M
  std::uint32_t cluster_index = 0;  ///< k, below `clusters`
  std::uint32_t clusters = 1;       ///< K, 1..8
  std::vector<net::Tag> tags;       ///< NETCTL_TAGS that have a network, ascending

  static constexpr std::uint32_t kFirstHostIndex = 9;

  /// min(4093, size(B/M) / N): the networks of tags 2, 3, ...
  [[nodiscard]] std::uint32_t networks() const;
  /// True where the tag is one of NETCTL_TAGS and has a network.
  [[nodiscard]] bool hasTag(net::Tag tag) const;
  [[nodiscard]] net::Ipv4Prefix network(net::Tag tag) const;
  /// This cluster's gateway in that network.
  [[nodiscard]] net::Ipv4Address gateway(net::Tag tag) const;
  [[nodiscard]] net::Ipv4Address host(net::Tag tag, std::uint32_t index) const;
  [[nodiscard]] std::uint32_t lastHostIndex() const { return network_size - 2; }
  [[nodiscard]] std::uint32_t hostsOfNetwork() const {
    return lastHostIndex() - kFirstHostIndex + 1;
  }
  /// The indexes that this cluster hands out by itself: 9+floor(k(N-10)/K) ..
  /// 8+floor((k+1)(N-10)/K).
  [[nodiscard]] std::uint32_t firstOwnIndex() const;
  [[nodiscard]] std::uint32_t lastOwnIndex() const;
  /// The place of an address inside B/M; absent outside the networks.
  [[nodiscard]] std::optional<AddressPlace> locate(net::Ipv4Address address) const;
};

}  // namespace netctl::cloud
