#pragma once

#include "modes/cloud/cloud.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::cloud {

/// The addresses that a node host has learned of its instances; absent: none yet.
using LearnedAddresses = std::map<InstanceId, std::optional<net::Ipv4Address>>;

/// An address that two nodes report.
struct DoubleAddress {
  InstanceId instance;  ///< that does not get it
  InstanceId holder;
  net::Ipv4Address address;

  auto operator<=>(const DoubleAddress&) const = default;
};

/// SYSTEM: makes the addresses of the node's instances those that it reports, and gives what cannot
/// be: an instance of another node has the address. Instances that are not (any more) on the node
/// are left alone.
std::vector<DoubleAddress> takeLearned(Cloud& cloud, std::string_view node,
                                       const LearnedAddresses& learned);

}  // namespace netctl::cloud
