#include "modes/cloud/command_instances.h"
#include "modes/cloud/command_support.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

namespace netctl::cloud {
namespace {

/// The parts that do not depend on the state of networks and pool. Empty groups where any is wrong.
Instance requested(Cloud& cloud, const AccountId& owner, const AttachInstance& command,
                   Faults& faults) {
  const auto& settings = cloud.settings();
  const auto groups =
      command.groups.empty() ? std::vector{std::string(kDefaultGroup)} : command.groups;
  Instance instance{.id = command.instance,
                    .owner = owner,
                    .groups = resolveGroups(cloud, owner, groups, faults),
                    .node = command.node.empty() ? settings.node_name : command.node,
                    .device = command.device,
                    .mac = command.mac.value_or(command.instance.mac(settings.mac_prefix)),
                    .tag = {},
                    .address_index = 0,
                    .private_address = {},
                    .addressing = command.addressing,
                    .user_data = command.user_data,
                    .attributes = command.attributes};
  checkPlace(settings, instance.node, instance.device, faults);
  checkAttributes(instance.attributes, faults);
  if (instance.mac.isMulticast() || instance.mac == net::MacAddress{}) {
    faults.add("mac",
               invalid(fmt::format("{} is not a unicast MAC address", net::format(instance.mac))));
  }
  if (command.tag && !settings.plan.hasTag(*command.tag)) {
    faults.add("tag", invalid(fmt::format("tag {} has no network; name one of NETCTL_TAGS that has "
                                          "a network in VNET_SUBNET",
                                          command.tag->value)));
  }
  if (const auto index = command.address_index;
      index && (*index < AddressPlan::kFirstHostIndex || *index > settings.plan.lastHostIndex())) {
    faults.add("address_index",
               invalid(fmt::format("host index {} is out of range; write {} to {}", *index,
                                   AddressPlan::kFirstHostIndex, settings.plan.lastHostIndex())));
  }
  if (instance.user_data.size() > kMaxUserData) {
    faults.add("user_data", invalid(fmt::format("{} bytes of user data are too many; at most {} "
                                                "are kept",
                                                instance.user_data.size(), kMaxUserData)));
  }
  return instance;
}

/// True where the instance is what the request would make of it. What the request leaves to us may
/// be anything.
bool isRepeated(const Instance& existing, Instance wanted, const AttachInstance& command) {
  wanted.tag = command.tag.value_or(existing.tag);
  wanted.address_index = command.address_index.value_or(existing.address_index);
  wanted.private_address = existing.private_address;
  return wanted == existing;
}

/// The tag for the group's first instance.
Result<net::Tag> chooseTag(const Cloud& cloud, const Group& group, std::optional<net::Tag> named) {
  const auto& plan = cloud.settings().plan;
  if (named) {
    if (const auto holder = cloud.groupByTag(*named)) {
      return conflict("InvalidTag.InUse", fmt::format("tag {} is that of group {}; name a free one",
                                                      named->value, holder->id.value));
    }
    return *named;
  }
  if (plan.clusters > 1) {
    // Each cluster has its own record of tags in use: only the caller knows all of them.
    return Error{ErrorCode::InvalidArgument, "MissingParameter",
                 fmt::format("group {} has no network yet, and with NETCTL_CLUSTERS {} the caller "
                             "must name its tag",
                             quoted(group.name), plan.clusters)};
  }
  if (group.last_tag && plan.hasTag(*group.last_tag) && !cloud.groupByTag(*group.last_tag)) {
    return *group.last_tag;
  }
  if (const auto free = cloud.freeTag()) return *free;
  return conflict("InsufficientNetworkCapacity",
                  fmt::format("group {} gets no network: all tags of NETCTL_TAGS are in use",
                              quoted(group.name)));
}

Result<net::Tag> tagFor(const Cloud& cloud, const Group& group, std::optional<net::Tag> named) {
  if (!group.tag) return chooseTag(cloud, group, named);
  if (!named || *named == *group.tag) return *group.tag;
  return conflict("InvalidTag.InUse",
                  fmt::format("group {} has tag {} and cannot have tag {} too", quoted(group.name),
                              group.tag->value, named->value));
}

Result<std::uint32_t> indexFor(const Cloud& cloud, net::Tag tag,
                               std::optional<std::uint32_t> named) {
  if (!named) {
    if (const auto free = cloud.freeAddressIndex(tag)) return *free;
    return conflict("InsufficientFreeAddressesInSubnet",
                    fmt::format("network {} has no free address left for this cluster",
                                net::format(cloud.settings().plan.network(tag))));
  }
  const auto address = cloud.settings().plan.host(tag, *named);
  if (const auto holder = cloud.instanceByPrivateAddress(address)) {
    return conflict("InvalidIPAddress.InUse",
                    fmt::format("host index {}, {}, is that of instance {}", *named,
                                net::format(address), holder->id.text()));
  }
  return *named;
}

}  // namespace

Result<Outcome> execute(Cloud& cloud, const AttachInstance& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  auto instance = requested(cloud, (*account)->id, command, faults);
  if (!faults.empty()) return faults.error();

  if (const auto existing = cloud.instance(command.instance)) {
    if (isRepeated(*existing, instance, command)) return Outcome{.object = existing->id};
    faults.add("instance_id",
               conflict("InvalidInstanceID.Duplicate",
                        fmt::format("instance {} is attached with other parameters; modify it, or "
                                    "detach it first",
                                    existing->id.text())));
    return faults.error();
  }
  if (const auto holder = cloud.instanceByMac(instance.mac)) {
    faults.add("mac", conflict("InvalidMacAddress.InUse",
                               fmt::format("MAC address {} is that of instance {}",
                                           net::format(instance.mac), holder->id.text())));
  }
  checkDeviceFree(cloud, instance.id, instance.node, instance.device, faults);
  auto group = *cloud.group(instance.groups[0]);
  const auto tag = tagFor(cloud, group, command.tag);
  if (faults.check("tag", tag)) {
    const auto index = indexFor(cloud, *tag, command.address_index);
    if (faults.check("address_index", index)) instance.address_index = *index;
  }
  // Without any pool there are no public addresses to ask for; an exhausted one is a refusal.
  const bool wants_public =
      instance.addressing == Addressing::Public && !cloud.settings().pool.ranges().empty();
  if (wants_public && !cloud.freePublicAddress()) {
    faults.add("addressing",
               conflict("InsufficientAddressCapacity",
                        "no public address is free; release one, add some to VNET_PUBLICIPS, or "
                        "attach with private addressing"));
  }
  if (!faults.empty()) return faults.error();

  instance.tag = *tag;
  instance.private_address = cloud.settings().plan.host(*tag, instance.address_index);
  if (!group.tag) {
    group.tag = *tag;
    cloud.put(std::move(group));
  }
  cloud.put(instance);
  lendAddress(cloud, instance);
  return Outcome{.object = instance.id};
}

}  // namespace netctl::cloud
