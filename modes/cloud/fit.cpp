#include "modes/cloud/fit.h"

#include "modes/cloud/faults.h"

#include <fmt/format.h>

namespace netctl::cloud {
namespace {

Error misfit(std::string message) {
  return {ErrorCode::Conflict, "InvalidConfiguration", std::move(message)};
}

void checkNetworks(const Cloud& cloud, Faults& faults) {
  const auto& plan = cloud.settings().plan;
  for (const auto& [id, group] : cloud.groups()) {
    if (!group->tag || plan.hasTag(*group->tag)) continue;
    faults.add(id.value,
               misfit(fmt::format("group {} ({}) has tag {}, which NETCTL_TAGS, VNET_SUBNET and "
                                  "VNET_ADDRSPERNET leave no network for; restore them, or detach "
                                  "the group's instances under the former configuration",
                                  id.value, group->name, group->tag->value)));
  }
  for (const auto& [id, instance] : cloud.instances()) {
    const auto tag = instance->tag.value();
    const auto address = instance->private_address.value();
    const bool in_range = instance->address_index >= AddressPlan::kFirstHostIndex &&
                          instance->address_index <= plan.lastHostIndex();
    if (in_range && plan.host(tag, instance->address_index) == address) continue;
    faults.add(
        id.text(),
        misfit(fmt::format("instance {} has the address {}, which is not the one of host {} "
                           "in network {} by VNET_SUBNET and VNET_ADDRSPERNET; restore "
                           "them, or detach it under the former configuration",
                           id.text(), net::format(address), instance->address_index, tag.value)));
  }
}

void checkPool(const Cloud& cloud, Faults& faults) {
  for (const auto& [id, address] : cloud.addresses()) {
    if (cloud.settings().pool.contains(id)) continue;
    faults.add(
        net::format(id),
        misfit(fmt::format("public address {} is held by account {} and is not in VNET_PUBLICIPS; "
                           "put it back there, or {} under the former configuration",
                           net::format(id), address->owner.value,
                           address->automatic ? "detach instance " + address->instance->text()
                                              : std::string("release it"))));
  }
}

void checkMap(const Cloud& cloud, Faults& faults) {
  const auto& map = cloud.settings().mac_map;
  for (const auto& [id, instance] : cloud.instances()) {
    const auto place = map.find(instance->mac);
    if (place && map.pairs()[*place].address == instance->private_address) continue;
    faults.add(id.text(), misfit(fmt::format(
                              "instance {} has the pair {}={}, which is not in VNET_MACMAP; put "
                              "it back there, or detach it under the former configuration",
                              id.text(), net::format(instance->mac),
                              net::format(instance->private_address.value()))));
  }
}

}  // namespace

Result<void> checkFit(const Cloud& cloud) {
  // A node holds what its cluster host has checked, and knows no tags or pool of its own.
  if (cloud.settings().host.role == Role::Node) return {};
  Faults faults;
  switch (cloud.settings().mode) {
    case NetworkMode::Managed:
    case NetworkMode::ManagedNoVlan:
      checkNetworks(cloud, faults);
      checkPool(cloud, faults);
      break;
    case NetworkMode::Static:
      checkMap(cloud, faults);
      break;
    case NetworkMode::System:
      break;
  }
  if (!faults.empty()) return faults.error();
  return {};
}

}  // namespace netctl::cloud
