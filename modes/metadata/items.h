#pragma once

#include "modes/cloud/objects.h"
#include "modes/cloud/settings.h"
#include "modes/net/address.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The facts that an instance is told of itself, by the names of EC2's metadata service ("Instance
/// metadata categories" in the EC2 user guide). Pure.
namespace netctl::metadata {

/// Each item by its path below the version: `meta-data/local-ipv4`. A path never goes on below an
/// item.
using Items = std::map<std::string, std::string>;

/// The item that may be any bytes; all others are UTF-8.
inline constexpr std::string_view kUserData = "user-data";

/// An instance that has an address, with what its items are made of.
struct InstanceFacts {
  const cloud::Settings& settings;
  const cloud::Instance& instance;
  std::vector<std::string> group_names;  ///< of the instance's groups, in their order
  std::optional<net::Ipv4Address> public_address;
};

/// All items of the instance. Its attributes are items of `meta-data` by their keys; an item that
/// the cloud itself knows takes precedence.
Items itemsOf(const InstanceFacts& facts);

}  // namespace netctl::metadata
