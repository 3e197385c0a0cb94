#include "modes/cloud/learned.h"

namespace netctl::cloud {
namespace {

void setAddress(Cloud& cloud, Instance instance, std::optional<net::Ipv4Address> address) {
  instance.private_address = address;
  cloud.put(std::move(instance));
}

}  // namespace

std::vector<DoubleAddress> takeLearned(Cloud& cloud, std::string_view node,
                                       const LearnedAddresses& learned) {
  std::vector<DoubleAddress> doubles;
  if (cloud.settings().mode != NetworkMode::System) return doubles;
  // First all that was given up, for it may have gone from one to the other.
  std::vector<std::pair<InstanceId, net::Ipv4Address>> gained;
  for (const auto& [id, address] : learned) {
    const auto instance = cloud.instance(id);
    if (!instance || instance->node != node || instance->private_address == address) continue;
    if (instance->private_address) setAddress(cloud, *instance, std::nullopt);
    if (address) gained.emplace_back(id, *address);
  }
  for (const auto& [id, address] : gained) {
    if (const auto holder = cloud.instanceByPrivateAddress(address)) {
      doubles.push_back({id, holder->id, address});
    } else {
      setAddress(cloud, *cloud.instance(id), address);
    }
  }
  return doubles;
}

}  // namespace netctl::cloud
