#include "modes/cloud/part.h"

#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace netctl::cloud {
namespace {

PartSettings commonOf(const Settings& settings) {
  PartSettings common{settings.mode, settings.plan,   settings.mac_prefix,
                      settings.zone, settings.region, settings.gateway_macs};
  if (!hasNetworks(settings.mode)) common.plan = {};
  common.plan.tags.clear();
  return common;
}

PartNetwork networkOf(const Group& group) {
  return {group.id, group.owner, group.name};
}

PartInstance instanceOf(const Settings& settings, const Instance& instance, std::string_view node) {
  PartInstance result{
      .tag = instance.tag, .address_index = instance.address_index, .mac = instance.mac};
  if (settings.mode != NetworkMode::System) result.private_address = instance.private_address;
  if (instance.isOn(node)) {
    result.device = instance.namedDeviceOn(node);
    if (instance.destination) {
      result.migration = instance.migratesTo(node) ? PartMigration::Arrives : PartMigration::Leaves;
    }
  }
  if (!instance.tag) result.owner = instance.owner;
  return result;
}

std::set<std::string> nodesWith(const Instance& instance) {
  const auto nodes = nodesOf(instance);
  return {nodes.begin(), nodes.end()};
}

using PartDifferences = std::map<std::string, PartDifference>;

/// Without networks a node has no neighbours to know: each instance is its own node's matter.
PartDifferences differencesAlone(const Settings& settings, const Changes& changes) {
  PartDifferences differences;
  for (const auto& [id, change] : changes.instances) {
    const auto seen = [&](const Ref<Instance>& instance, const std::string& node) {
      return instance && instance->isOn(node) ? std::optional(instanceOf(settings, *instance, node))
                                              : std::nullopt;
    };
    std::set<std::string> nodes;
    for (const auto& instance : {change.before, change.after}) {
      if (instance) nodes.merge(nodesWith(*instance));
    }
    for (const auto& node : nodes) {
      auto after = seen(change.after, node);
      if (seen(change.before, node) != after) differences[node].instances[id] = std::move(after);
    }
  }
  return differences;
}

/// Who was and who is in one network that changes touch.
struct Touched {
  std::set<InstanceId> changed;
  std::set<std::string> nodes_before;
  std::set<std::string> nodes_after;
  bool renamed = false;  ///< what a node sees of the network itself is not what it was
};

std::map<net::Tag, Touched> touchedBy(const Cloud& cloud, const Changes& changes) {
  std::map<net::Tag, Touched> touched;
  for (const auto& [id, change] : changes.instances) {
    if (change.before) {
      auto& network = touched[change.before->tag.value()];
      network.changed.insert(id);
      network.nodes_before.merge(nodesWith(*change.before));
    }
    if (change.after) touched[change.after->tag.value()].changed.insert(id);
  }
  for (const auto& [id, change] : changes.groups) {
    const auto visible = [](const Ref<Group>& group) {
      return group && group->tag ? std::optional(std::pair(*group->tag, networkOf(*group)))
                                 : std::nullopt;
    };
    const auto before = visible(change.before);
    const auto after = visible(change.after);
    if (before == after) continue;
    if (before) touched[before->first].renamed = true;
    if (after) touched[after->first].renamed = true;
  }
  for (auto& [tag, network] : touched) {
    for (const auto& id : cloud.instancesOf(tag)) {
      const auto nodes = nodesWith(*cloud.instance(id));
      network.nodes_after.insert(nodes.begin(), nodes.end());
      if (!network.changed.contains(id)) network.nodes_before.insert(nodes.begin(), nodes.end());
    }
  }
  return touched;
}

Instance inGroup(Instance instance, const Group& group) {
  instance.owner = group.owner;
  instance.groups = {group.id};
  return instance;
}

/// Whether an instance of a mode with networks has its place in the address plan.
bool isPlaced(const Part& part, const PartInstance& instance) {
  if (!instance.tag || !instance.private_address || instance.owner) return false;
  const auto& plan = part.settings.plan;
  const auto number = static_cast<std::uint32_t>(instance.tag->value - net::Tag::kFirst);
  return part.networks.contains(*instance.tag) && number < plan.networks() &&
         instance.address_index <= plan.lastHostIndex() &&
         plan.host(*instance.tag, instance.address_index) == instance.private_address;
}

/// Whether an instance of a mode without networks has what it needs, and nothing else.
bool standsAlone(NetworkMode mode, const PartInstance& instance) {
  return !instance.tag && instance.address_index == 0 && instance.device && instance.owner &&
         instance.private_address.has_value() == (mode == NetworkMode::Static);
}

/// What a node holds of an instance that is `instance` now and was `before`, without its group.
Instance edited(const Settings& settings, const Ref<Instance>& before, const InstanceId& id,
                const PartInstance& instance) {
  const auto& node = settings.host.node_name;
  const bool stays = before && before->isOn(node) && instance.device;
  Instance after = stays ? *before : Instance{.id = id};
  const auto seen_device = !stays                     ? ""
                           : before->migratesTo(node) ? before->destination->seen_device
                                                      : before->seen_device;
  // The other node is not told by its name.
  after.node = instance.device ? node : "";
  after.device = instance.device.value_or("");
  after.seen_device = seen_device;
  after.destination.reset();
  if (instance.migration == PartMigration::Leaves) after.destination.emplace();
  if (instance.migration == PartMigration::Arrives) {
    after.destination =
        Destination{node, std::exchange(after.device, ""), std::exchange(after.seen_device, "")};
    after.node.clear();
  }
  after.mac = instance.mac;
  after.tag = instance.tag;
  after.address_index = instance.address_index;
  if (instance.private_address) after.private_address = instance.private_address;
  after.addressing = Addressing::Private;
  return after;
}

/// `edit` where there are no networks.
void editAlone(Cloud& cloud, const PartDifference& difference) {
  std::map<InstanceId, Ref<Instance>> former;
  for (const auto& [id, instance] : difference.instances) {
    former[id] = cloud.instance(id);
    cloud.erase(id);
  }
  for (const auto& [id, instance] : difference.instances) {
    if (!instance) continue;
    auto after = edited(cloud.settings(), former.at(id), id, *instance);
    after.owner = instance->owner.value();
    if (!cloud.account(after.owner)) cloud.put(Account{after.owner, after.owner.value});
    cloud.put(std::move(after));
  }
  std::set<AccountId> owners;
  for (const auto& [id, instance] : cloud.instances()) owners.insert(instance->owner);
  for (const auto& [id, instance] : former) {
    if (instance && !owners.contains(instance->owner)) cloud.erase(instance->owner);
  }
}

Error contradiction(std::string message) {
  return invalid("the part of the cloud contradicts itself: " + std::move(message));
}

template <class Key, class Value, class After>
void compare(const std::map<Key, Value>& from, const std::map<Key, Value>& to, After& difference) {
  for (const auto& [key, value] : from) {
    if (!to.contains(key)) difference.emplace(key, std::nullopt);
  }
  for (const auto& [key, value] : to) {
    const auto at = from.find(key);
    if (at == from.end() || at->second != value) difference.emplace(key, value);
  }
}

template <class Key, class Value>
void applyTo(std::map<Key, Value>& values, const std::map<Key, std::optional<Value>>& difference) {
  for (const auto& [key, value] : difference) {
    if (value) {
      values.insert_or_assign(key, *value);
    } else {
      values.erase(key);
    }
  }
}

}  // namespace

bool PartSettings::operator==(const PartSettings& other) const {
  return mode == other.mode && plan.subnet == other.plan.subnet &&
         plan.network_size == other.plan.network_size &&
         plan.cluster_index == other.plan.cluster_index && plan.clusters == other.plan.clusters &&
         mac_prefix == other.mac_prefix && zone == other.zone && region == other.region &&
         gateway_macs == other.gateway_macs;
}

Part partOf(const Cloud& cloud, std::string_view node) {
  Part part{commonOf(cloud.settings()), {}, {}};
  std::set<net::Tag> tags;
  for (const auto& [id, instance] : cloud.instances()) {
    if (!instance->isOn(node)) continue;
    if (instance->tag) {
      tags.insert(*instance->tag);
    } else {
      part.instances.emplace(id, instanceOf(cloud.settings(), *instance, node));
    }
  }
  for (const auto tag : tags) {
    if (const auto group = cloud.groupByTag(tag)) part.networks.emplace(tag, networkOf(*group));
    for (const auto& id : cloud.instancesOf(tag)) {
      part.instances.emplace(id, instanceOf(cloud.settings(), *cloud.instance(id), node));
    }
  }
  return part;
}

std::map<std::string, PartDifference> partDifferences(const Cloud& cloud, const Changes& changes) {
  if (!hasNetworks(cloud.settings().mode)) return differencesAlone(cloud.settings(), changes);
  const auto touched = touchedBy(cloud, changes);
  PartDifferences differences;
  const auto seen = [&](const std::string& node, const Ref<Instance>& instance, auto nodes) {
    const auto network = instance ? touched.find(instance->tag.value()) : touched.end();
    return network != touched.end() && (network->second.*nodes).contains(node)
               ? std::optional(instanceOf(cloud.settings(), *instance, node))
               : std::nullopt;
  };
  const auto see = [&](const std::string& node, const InstanceId& id) {
    const auto change = changes.instances.find(id);
    const auto now = cloud.instance(id);
    const auto& before = change == changes.instances.end() ? now : change->second.before;
    auto after = seen(node, now, &Touched::nodes_after);
    // Most of an instance does not concern a node, and its device is that of its own node.
    if (seen(node, before, &Touched::nodes_before) == after) return;
    differences[node].instances[id] = std::move(after);
  };
  for (const auto& [tag, network] : touched) {
    auto nodes = network.nodes_before;
    nodes.insert(network.nodes_after.begin(), network.nodes_after.end());
    for (const auto& node : nodes) {
      const bool was = network.nodes_before.contains(node);
      const bool is = network.nodes_after.contains(node);
      for (const auto& id : network.changed) see(node, id);
      if (was && is && !network.renamed) continue;
      const auto group = is ? cloud.groupByTag(tag) : nullptr;
      differences[node].networks[tag] = group ? std::optional(networkOf(*group)) : std::nullopt;
      if (was && is) continue;
      for (const auto& id : cloud.instancesOf(tag)) see(node, id);
    }
  }
  return differences;
}

PartDifference difference(const Part& from, const Part& to) {
  PartDifference result;
  compare(from.networks, to.networks, result.networks);
  compare(from.instances, to.instances, result.instances);
  return result;
}

void apply(const PartDifference& difference, Part& part) {
  applyTo(part.networks, difference.networks);
  applyTo(part.instances, difference.instances);
}

Result<void> check(const Part& part) {
  const bool managed = hasNetworks(part.settings.mode);
  std::set<GroupId> groups;
  std::set<std::pair<AccountId, std::string>> names;
  if (!managed && !part.networks.empty()) return contradiction("its mode has no networks");
  for (const auto& [tag, network] : part.networks) {
    if (!groups.insert(network.group).second ||
        !names.emplace(network.owner, network.name).second) {
      return contradiction(fmt::format("{} has two networks", network.group.value));
    }
  }
  std::set<net::MacAddress> macs;
  std::set<net::Ipv4Address> addresses;
  std::set<std::string> devices;
  for (const auto& [id, instance] : part.instances) {
    if (managed ? !isPlaced(part, instance) : !standsAlone(part.settings.mode, instance)) {
      return contradiction(fmt::format("{} has no place in {}", id.text(),
                                       managed ? "the address plan" : "its mode"));
    }
    if (!macs.insert(instance.mac).second ||
        (instance.private_address && !addresses.insert(*instance.private_address).second)) {
      return contradiction(fmt::format("{} has another's MAC or address", id.text()));
    }
    if (!instance.device && instance.migration != PartMigration::None) {
      return contradiction(fmt::format("{} migrates and is elsewhere", id.text()));
    }
    if (instance.device && !instance.device->empty() && !devices.insert(*instance.device).second) {
      return contradiction(fmt::format("{} has another's device", id.text()));
    }
  }
  return {};
}

Settings settingsOf(const PartSettings& common, Settings own) {
  own.mode = common.mode;
  own.plan = common.plan;
  own.mac_prefix = common.mac_prefix;
  own.zone = common.zone;
  own.region = common.region;
  own.gateway_macs = common.gateway_macs;
  return own;
}

void edit(Cloud& cloud, const PartDifference& difference) {
  if (!hasNetworks(cloud.settings().mode)) return editAlone(cloud, difference);
  // All that goes or changes gives up what only one may have, before anything gets a new value.
  std::map<InstanceId, Ref<Instance>> former;
  std::set<AccountId> owners;
  for (const auto& [id, instance] : difference.instances) {
    former[id] = cloud.instance(id);
    cloud.erase(id);
  }
  for (const auto& [tag, network] : difference.networks) {
    if (const auto group = cloud.groupByTag(tag)) {
      owners.insert(group->owner);
      cloud.erase(group->id);
    }
  }
  for (const auto& [tag, network] : difference.networks) {
    if (!network) continue;
    if (!cloud.account(network->owner)) cloud.put(Account{network->owner, network->owner.value});
    cloud.put(Group{.id = network->group,
                    .owner = network->owner,
                    .name = network->name,
                    .description = "",
                    .tag = tag});
  }
  for (const auto& owner : owners) {
    if (cloud.groupsOf(owner).empty()) cloud.erase(owner);
  }
  // An instance may stay as it is while its tag has become another group's.
  for (const auto& [tag, network] : difference.networks) {
    const auto members = cloud.instancesOf(tag);
    for (const auto& id : members) {
      if (network) cloud.put(inGroup(*cloud.instance(id), *cloud.group(network->group)));
    }
  }
  for (const auto& [id, instance] : difference.instances) {
    if (!instance) continue;
    auto after = edited(cloud.settings(), former.at(id), id, *instance);
    if (const auto group = cloud.groupByTag(instance->tag.value())) {
      after = inGroup(std::move(after), *group);
    }
    cloud.put(std::move(after));
  }
}

}  // namespace netctl::cloud
