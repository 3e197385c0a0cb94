#include "base/text.h"
#include "modes/cloud/command_instances.h"
#include "modes/cloud/command_support.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::cloud {
namespace {

/// What the modes without networks cannot do.
Result<void> checkMode(const Cloud& cloud, const AttachInstance& command) {
  const auto mode = cloud.settings().mode;
  if (hasNetworks(mode)) return {};
  if (command.tag || command.address_index) return needsNetworks(mode, "tags and host indexes");
  return checkGroupsOfMode(cloud, command.groups);
}

void checkMac(const Settings& settings, const net::MacAddress& mac, Faults& faults) {
  if (mac.isMulticast() || mac == net::MacAddress{}) {
    faults.add("mac", invalid(fmt::format("{} is not a unicast MAC address", net::format(mac))));
  } else if (settings.mode == NetworkMode::Static && !settings.mac_map.find(mac)) {
    faults.add("mac", invalid(fmt::format("{} is in no pair of VNET_MACMAP; name one that is, or "
                                          "none to get the first free pair",
                                          net::format(mac))));
  }
}

/// The parts that do not depend on the state of networks, pool and map. Empty groups where any is
/// wrong; in STATIC the MAC is empty where none is named.
Instance requested(Cloud& cloud, const AccountId& owner, const AttachInstance& command,
                   Faults& faults) {
  const auto& settings = cloud.settings();
  const auto groups =
      command.groups.empty() ? std::vector{std::string(kDefaultGroup)} : command.groups;
  const bool takes_any_pair = settings.mode == NetworkMode::Static && !command.mac;
  Instance instance{.id = command.instance,
                    .owner = owner,
                    .groups = resolveGroups(cloud, owner, groups, faults),
                    .node = command.node.empty() ? settings.host.node_name : command.node,
                    .device = command.device,
                    .mac = takes_any_pair
                               ? net::MacAddress{}
                               : command.mac.value_or(command.instance.mac(settings.mac_prefix)),
                    .addressing = command.addressing,
                    .user_data = command.user_data,
                    .attributes = command.attributes,
                    .attached = command.now,
                    .resource_tags = command.resource_tags,
                    .metadata = changedMetadata(settings, {}, command.metadata, faults)};
  checkResourceTags(instance.resource_tags, faults);
  checkPlace(settings, instance.node, instance.device, faults);
  checkAttributes(instance.attributes, faults);
  if (!takes_any_pair) checkMac(settings, instance.mac, faults);
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

/// True where the instance is what the request would make of it. What the request leaves to us, and
/// what was seen since, may be anything.
bool isRepeated(const Instance& existing, Instance wanted, const AttachInstance& command) {
  wanted.tag = command.tag ? command.tag : existing.tag;
  wanted.address_index = command.address_index.value_or(existing.address_index);
  if (wanted.mac == net::MacAddress{}) wanted.mac = existing.mac;
  wanted.private_address = existing.private_address;
  wanted.seen_device = existing.seen_device;
  wanted.attached = existing.attached;
  wanted.resource_tags = existing.resource_tags;
  wanted.destination = existing.destination;
  return wanted == existing;
}

Error collision(const Cloud& cloud, net::Tag tag, const Taken& taken) {
  return conflict(
      "InvalidTag.InUse",
      fmt::format("the network {} of tag {} would collide with {} on the cluster host; "
                  "take that away, or name another tag",
                  net::format(cloud.settings().plan.network(tag)), tag.value, taken.holder));
}

/// Why the tag that was chosen is not the first free one; empty where it is.
std::string passedOver(const Cloud& cloud, net::Tag chosen) {
  if (cloud.settings().host.taken.empty()) return {};
  std::string first;
  std::size_t others = 0;
  for (const auto tag : cloud.settings().plan.tags) {
    if (tag >= chosen) break;
    const auto* taken = cloud.takenOf(tag);
    if (taken == nullptr || cloud.groupByTag(tag)) continue;
    if (!first.empty()) {
      ++others;
      continue;
    }
    first = fmt::format("the network {} of tag {} would collide with {}",
                        net::format(cloud.settings().plan.network(tag)), tag.value, taken->holder);
  }
  if (first.empty()) return {};
  const auto more = others == 0 ? "" : fmt::format(", and {} more with what is there", others);
  return fmt::format("has tag {}: {}{}", chosen.value, first, more);
}

/// The tag for the group's first instance.
Result<net::Tag> chooseTag(const Cloud& cloud, const Group& group, std::optional<net::Tag> named) {
  const auto& plan = cloud.settings().plan;
  if (named) {
    if (const auto holder = cloud.groupByTag(*named)) {
      return conflict("InvalidTag.InUse", fmt::format("tag {} is that of group {}; name a free one",
                                                      named->value, holder->id.value));
    }
    if (const auto* taken = cloud.takenOf(*named)) return collision(cloud, *named, *taken);
    return *named;
  }
  if (plan.clusters > 1) {
    // Each cluster has its own record of tags in use: only the caller knows all of them.
    return Error{ErrorCode::InvalidArgument, "MissingParameter",
                 fmt::format("group {} has no network yet, and with NETCTL_CLUSTERS {} the caller "
                             "must name its tag",
                             quote(group.name), plan.clusters)};
  }
  if (group.last_tag && plan.hasTag(*group.last_tag) && !cloud.groupByTag(*group.last_tag) &&
      cloud.takenOf(*group.last_tag) == nullptr) {
    return *group.last_tag;
  }
  if (const auto free = cloud.freeTag()) return *free;
  for (const auto tag : plan.tags) {
    const auto* taken = cloud.takenOf(tag);
    if (taken != nullptr && !cloud.groupByTag(tag)) return collision(cloud, tag, *taken);
  }
  return conflict("InsufficientNetworkCapacity",
                  fmt::format("group {} gets no network: all tags of NETCTL_TAGS are in use",
                              quote(group.name)));
}

Result<net::Tag> tagFor(const Cloud& cloud, const Group& group, std::optional<net::Tag> named) {
  if (!group.tag) return chooseTag(cloud, group, named);
  if (!named || *named == *group.tag) return *group.tag;
  return conflict("InvalidTag.InUse",
                  fmt::format("group {} has tag {} and cannot have tag {} too", quote(group.name),
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

void checkMacFree(const Cloud& cloud, const Instance& wanted, Faults& faults) {
  const auto holder = cloud.instanceByMac(wanted.mac);
  if (!holder) return;
  faults.add("mac", conflict("InvalidMacAddress.InUse",
                             fmt::format("MAC address {} is that of {}", net::format(wanted.mac),
                                         namedFor(*holder, wanted.owner))));
}

/// Gives the instance its place in its first group's network, and that group its tag. Gives the
/// notice of the outcome.
std::string placeInNetwork(Cloud& cloud, const AttachInstance& command, Instance& instance,
                           Faults& faults) {
  auto group = *cloud.group(instance.groups[0]);
  const auto tag = tagFor(cloud, group, command.tag);
  if (faults.check("tag", tag)) {
    const auto index = indexFor(cloud, *tag, command.address_index);
    if (faults.check("address_index", index)) instance.address_index = *index;
  }
  // Without any pool there are no public addresses to ask for; an exhausted one is a refusal.
  const bool wants_public =
      instance.addressing == Addressing::Public && !cloud.settings().pool.ranges().empty();
  if (wants_public && !cloud.freePublicAddress(instance.owner)) {
    faults.add("addressing",
               conflict("InsufficientAddressCapacity",
                        "no public address is free; release one, add some to VNET_PUBLICIPS, or "
                        "attach with private addressing"));
  }
  if (wants_public) {
    checkLimit(cloud, instance.owner, Limit::AutomaticAddresses,
               cloud.automaticAddressesOf(instance.owner) + 1, faults);
  }
  if (!faults.empty()) return {};
  instance.tag = *tag;
  instance.private_address = cloud.settings().plan.host(*tag, instance.address_index);
  if (group.tag) return {};
  const bool is_chosen = !command.tag && group.last_tag != *tag;
  auto notice = is_chosen ? passedOver(cloud, *tag) : "";
  if (!notice.empty()) notice = fmt::format("group {} {}", quote(group.name), notice);
  group.tag = *tag;
  cloud.put(std::move(group));
  return notice;
}

/// Gives the instance the pair of the MAC that it has, else the first free one.
void placeByMap(const Cloud& cloud, Instance& instance, Faults& faults) {
  const auto& map = cloud.settings().mac_map;
  if (const auto named = map.find(instance.mac)) {
    instance.private_address = map.pairs()[*named].address;
  } else if (const auto free = cloud.freePair()) {
    instance.mac = free->mac;
    instance.private_address = free->address;
  } else {
    faults.add("mac", conflict("InsufficientFreeAddressesInSubnet",
                               fmt::format("all {} pairs of VNET_MACMAP are in use; detach an "
                                           "instance, or add pairs",
                                           map.pairs().size())));
  }
}

}  // namespace

Result<Outcome> execute(Cloud& cloud, const AttachInstance& command) {
  if (auto right = checkMode(cloud, command); !right) return right.error();
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
  checkLimit(cloud, instance.owner, Limit::Instances, cloud.instancesOf(instance.owner) + 1,
             faults);
  checkNodeServes(cloud.settings(), instance.node, faults);
  checkMacFree(cloud, instance, faults);
  checkDeviceFree(cloud, instance, faults);
  const auto mode = cloud.settings().mode;
  std::string notice;
  if (hasNetworks(mode)) notice = placeInNetwork(cloud, command, instance, faults);
  if (mode == NetworkMode::Static) placeByMap(cloud, instance, faults);
  if (!faults.empty()) return faults.error();

  cloud.eraseEnded(instance.id);
  cloud.put(instance);
  lendAddress(cloud, instance);
  return Outcome{.object = instance.id, .notice = std::move(notice)};
}

Result<Outcome> execute(Cloud& cloud, const AttachInstances& command) {
  std::size_t attached = 0;
  Outcome last;
  for (const auto& instance : command.instances) {
    auto outcome = execute(cloud, instance);
    // A refused attach leaves nothing behind but the default group, which the first one has made.
    if (!outcome && attached >= std::max<std::size_t>(command.at_least, 1)) break;
    if (!outcome) return outcome.error();
    // The first one brings the network.
    if (!last.notice.empty()) outcome->notice = std::move(last.notice);
    last = *std::move(outcome);
    ++attached;
  }
  return last;
}

}  // namespace netctl::cloud
