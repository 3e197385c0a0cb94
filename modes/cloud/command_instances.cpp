#include "modes/cloud/command_instances.h"

#include "base/text.h"
#include "modes/cloud/command_support.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace netctl::cloud {
namespace {

/// Each that ends takes up to so many away that are shown no more, so that none of them stay for
/// long and none costs much.
constexpr int kForgottenAtOnce = 2;

/// Those that EC2 shows of one that ended.
constexpr std::array<std::string_view, 5> kShownOfEnded{
    "ami-id", "ami-launch-index", "instance-type", "key-name", "reservation-id"};

std::string& seenDeviceOn(Instance& instance, std::string_view node) {
  return instance.migratesTo(node) ? instance.destination->seen_device : instance.seen_device;
}

void rememberEnd(Cloud& cloud, const Instance& instance, std::chrono::sys_seconds now) {
  for (int i = 0; i < kForgottenAtOnce; ++i) {
    const auto first = cloud.firstEnded();
    if (!first || first->isShown(now)) break;
    cloud.eraseEnded(first->id);
  }
  EndedInstance ended{.id = instance.id,
                      .owner = instance.owner,
                      .attached = instance.attached,
                      .ended = now,
                      .resource_tags = instance.resource_tags};
  for (const auto& [key, value] : instance.attributes) {
    if (std::ranges::find(kShownOfEnded, key) != kShownOfEnded.end()) {
      ended.attributes.emplace(key, value);
    }
  }
  cloud.put(std::move(ended));
}

}  // namespace

std::vector<GroupId> resolveGroups(Cloud& cloud, const AccountId& owner,
                                   const std::vector<std::string>& groups, Faults& faults) {
  std::vector<GroupId> ids;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto where = fmt::format("groups[{}]", i);
    const auto group = findOrMakeGroup(cloud, owner, groups[i]);
    if (!faults.check(where, group)) continue;
    if (std::find(ids.begin(), ids.end(), (*group)->id) != ids.end()) {
      faults.add(where, invalid(fmt::format("the security group {} is named twice; name it once",
                                            quote(groups[i]))));
      continue;
    }
    ids.push_back((*group)->id);
  }
  return ids;
}

Result<void> checkGroupsOfMode(const Cloud& cloud, const std::vector<std::string>& groups) {
  const auto mode = cloud.settings().mode;
  if (hasNetworks(mode)) return {};
  const bool all_default = std::ranges::all_of(groups, [&](const std::string& name) {
    if (name == kDefaultGroup) return true;
    const auto group = groupOfAnyone(cloud, GroupId{name});
    return group && group->name == kDefaultGroup;
  });
  if (all_default) return {};
  return needsNetworks(mode, "security groups but each account's 'default'");
}

void checkPlace(const Settings& settings, const std::string& node, const std::string& device,
                Faults& faults) {
  faults.check("node", checkNodeName(node));
  if (device.empty() || !faults.check("device", checkDeviceName(device))) return;
  // To plug one of the host's own would cut off the host, or make a loop of its bridge. The hosts
  // of a cloud share one configuration.
  const bool hosts_own = device == "lo" || device == settings.host.private_interface ||
                         device == settings.host.public_interface || device == settings.host.bridge;
  if (hosts_own) {
    faults.add("device", invalid(fmt::format("{} is the host's own; name the host's end of the "
                                             "instance's network device",
                                             quote(device))));
  }
}

void checkNodeServes(const Settings& settings, const std::string& node, Faults& faults) {
  const auto& host = settings.host;
  const bool is_here = host.role == Role::All && node == host.node_name;
  if (host.takes_nodes || is_here) return;
  faults.add("node", conflict("InvalidNode.NotFound",
                              fmt::format("no node {} can connect to this cluster host; set "
                                          "NETCTL_LISTEN, or {}",
                                          quote(node),
                                          host.role == Role::All
                                              ? "name this host, " + quote(host.node_name)
                                              : "NETCTL_ROLE \"all\" for instances on this host")));
}

MetadataOptions changedMetadata(const Settings& settings, MetadataOptions options,
                                const MetadataChange& change, Faults& faults) {
  if (change == MetadataChange{}) return options;
  const auto refuse = [&](std::string_view where, std::string message) {
    faults.add(std::string(where),
               Error{ErrorCode::Unsupported, "UnsupportedOperation", std::move(message)});
  };
  if (!hasNetworks(settings.mode)) {
    faults.add("metadata_tokens", needsNetworks(settings.mode, "metadata"));
  } else if (settings.metadata_endpoint) {
    refuse("metadata_tokens",
           "the metadata come from another server (NETCTL_METADATA_ENDPOINT or VNET_CLOUDIP), "
           "which knows nothing of options; leave them out");
  }
  if (change.needs_token == false && settings.metadata_needs_token) {
    refuse("metadata_tokens",
           "NETCTL_METADATA_TOKENS requires session tokens of all instances; leave it out");
  }
  options.needs_token = change.needs_token.value_or(options.needs_token);
  options.token_hops = change.token_hops.value_or(options.token_hops);
  options.enabled = change.enabled.value_or(options.enabled);
  options.shows_tags = change.shows_tags.value_or(options.shows_tags);
  if (options.token_hops < 1 || options.token_hops > MetadataOptions::kMostHops) {
    faults.add("metadata_hops",
               invalid(fmt::format("{} hops are out of range; write 1 to {}", options.token_hops,
                                   MetadataOptions::kMostHops)));
  }
  return options;
}

void checkAttributes(const std::map<std::string, std::string>& attributes, Faults& faults) {
  if (attributes.size() > kMaxAttributes) {
    faults.add("attributes", invalid(fmt::format("{} attributes are too many; at most {} are kept",
                                                 attributes.size(), kMaxAttributes)));
    return;
  }
  for (const auto& [key, value] : attributes) {
    if (faults.check("attributes", checkAttributeKey(key))) {
      faults.check("attributes." + key, checkAttributeValue(value));
    }
  }
}

std::string namedFor(const Instance& holder, const AccountId& reader) {
  return holder.owner == reader ? "instance " + holder.id.text() : "another account's instance";
}

void checkDeviceFree(const Cloud& cloud, const Instance& wanted, Faults& faults) {
  const auto holder = cloud.instanceByDevice(wanted.node, wanted.device);
  if (!holder || holder->id == wanted.id) return;
  faults.add("device", conflict("InvalidDevice.InUse",
                                fmt::format("device {} of node {} is that of {}", wanted.device,
                                            wanted.node, namedFor(*holder, wanted.owner))));
}

Result<Ref<Instance>> findInstance(const Cloud& cloud, const AccountId& owner,
                                   const InstanceId& id) {
  const auto instance = cloud.instance(id);
  if (instance && instance->owner == owner) return instance;
  return notFound("InvalidInstanceID.NotFound",
                  fmt::format("The instance ID '{}' does not exist", id.text()));
}

Result<Outcome> execute(Cloud& cloud, const ModifyInstance& command) {
  Faults faults;
  auto before = cloud.instance(command.instance);
  if (before && !command.owner.empty()) {
    const auto account = findAccount(cloud, command.owner);
    if (!faults.check("owner", account)) return faults.error();
    if ((*account)->id != before->owner) before = nullptr;
  }
  if (!before) {
    faults.add("instance_id", notFound("InvalidInstanceID.NotFound",
                                       fmt::format("The instance ID '{}' does not exist",
                                                   command.instance.text())));
    return faults.error();
  }
  auto after = *before;
  if (command.groups) {
    if (auto right = checkGroupsOfMode(cloud, *command.groups); !right) return right.error();
    after.groups = resolveGroups(cloud, before->owner, *command.groups, faults);
    if (faults.empty() && (after.groups.empty() || after.groups[0] != before->groups[0])) {
      faults.add("groups", invalid(fmt::format("the first group must stay {}: it gives the network",
                                               quote(cloud.group(before->groups[0])->name))));
    }
  }
  if (command.node && *command.node != before->node) {
    // It is there now, whatever was to become of it.
    if (after.migratesTo(*command.node)) {
      arrive(after);
    } else {
      after.node = *command.node;
      after.destination.reset();
      after.seen_device.clear();
    }
  }
  if (command.device) after.device = *command.device;
  if (command.attributes) after.attributes = *command.attributes;
  after.metadata = changedMetadata(cloud.settings(), after.metadata, command.metadata, faults);
  if (command.device) after.seen_device.clear();
  // Its new node learns it anew.
  if (after.node != before->node && cloud.settings().mode == NetworkMode::System) {
    after.private_address.reset();
  }
  checkPlace(cloud.settings(), after.node, after.device, faults);
  checkAttributes(after.attributes, faults);
  if (!faults.empty()) return faults.error();
  checkDeviceFree(cloud, after, faults);
  if (after.node != before->node) checkNodeServes(cloud.settings(), after.node, faults);
  if (!faults.empty()) return faults.error();
  if (after != *before) cloud.put(std::move(after));
  return Outcome{.object = before->id, .keep_flows = command.keep_flows};
}

Result<Outcome> execute(Cloud& cloud, const SeeDevice& command) {
  const auto instance = cloud.instance(command.instance);
  if (!instance || !checkDeviceName(command.device)) return Outcome{};
  // That host is this one: nobody tells another what was seen.
  const auto& host = cloud.settings().host.node_name;
  const auto node = instance->migratesTo(host) ? host : instance->node;
  if (!instance->namedDeviceOn(node).empty() || instance->portDeviceOn(node) == command.device) {
    return Outcome{};
  }
  if (const auto holder = cloud.instanceByDevice(node, command.device)) {
    if (!holder->namedDeviceOn(node).empty()) return Outcome{};
    // Hypervisors give the name of a machine that has ended to another one.
    auto former = *holder;
    seenDeviceOn(former, node).clear();
    cloud.put(std::move(former));
  }
  auto after = *instance;
  seenDeviceOn(after, node) = command.device;
  cloud.put(std::move(after));
  return Outcome{.object = instance->id};
}

Result<Outcome> execute(Cloud& cloud, const LearnAddress& command) {
  const auto instance = cloud.instance(command.instance);
  if (!instance || cloud.settings().mode != NetworkMode::System ||
      instance->private_address == command.address) {
    return Outcome{};
  }
  const auto text = net::format(command.address);
  const auto holder = cloud.instanceByPrivateAddress(command.address);
  if (!command.leased && holder) {
    return conflict("InvalidIPAddress.InUse",
                    fmt::format("claims the address {}, which is that of instance {}", text,
                                holder->id.text()));
  }
  if (!command.leased && instance->private_address) {
    return conflict("InvalidIPAddress.InUse",
                    fmt::format("claims the address {} without a lease; it has {}", text,
                                net::format(*instance->private_address)));
  }
  if (holder) {
    auto former = *holder;
    former.private_address.reset();
    cloud.put(std::move(former));
  }
  auto after = *instance;
  after.private_address = command.address;
  cloud.put(std::move(after));
  return Outcome{.object = instance->id};
}

Result<Outcome> execute(Cloud& cloud, const DetachInstance& command) {
  Outcome outcome{.object = command.instance, .keep_flows = command.keep_flows};
  const auto instance = cloud.instance(command.instance);
  if (!instance) return outcome;
  takeAddressOff(cloud, instance->id, command.now.value_or(std::chrono::sys_seconds()));
  endForwards(cloud, instance->id);
  cloud.erase(instance->id);
  if (command.now) rememberEnd(cloud, *instance, *command.now);
  if (instance->tag && cloud.instancesOf(*instance->tag).empty()) {
    auto group = *cloud.group(instance->groups[0]);
    group.last_tag = std::exchange(group.tag, std::nullopt);
    cloud.put(std::move(group));
  }
  return outcome;
}

Result<Outcome> execute(Cloud& cloud, const DetachInstances& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  for (std::size_t i = 0; i < command.instances.size(); ++i) {
    const auto ended = cloud.ended(command.instances[i]);
    if (ended && ended->owner == (*account)->id && ended->isShown(command.now)) continue;
    faults.check(fmt::format("instances[{}]", i),
                 findInstance(cloud, (*account)->id, command.instances[i]));
  }
  if (!faults.empty()) return faults.error();
  for (const auto& id : command.instances) {
    const DetachInstance one{.instance = id, .now = command.now};
    if (auto detached = execute(cloud, one); !detached) return detached;
  }
  return Outcome{.object = (*account)->id};
}

}  // namespace netctl::cloud
