#include "modes/cloud/commands.h"
#include "modes/cloud/fit.h"
#include "tests/support/example_cloud.h"
#include "tests/support/random_commands.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

namespace netctl::cloud {
namespace {

constexpr int kCommands = 6000;

/// What nothing may break, asked of the objects alone: the indexes are checked by comparison with
/// new ones.
void checkInvariants(const Cloud& cloud) {
  std::set<net::Tag> tags;
  for (const auto& [id, group] : cloud.groups()) {
    ASSERT_TRUE(cloud.account(group->owner));
    if (group->tag) {
      ASSERT_TRUE(tags.insert(*group->tag).second) << "a tag in two hands";
      ASSERT_FALSE(cloud.instancesOf(*group->tag).empty()) << "a tag without instances";
    }
    for (const auto& permission : group->permissions) {
      if (const auto* source = std::get_if<GroupId>(&permission.source)) {
        ASSERT_TRUE(cloud.group(*source)) << "a permission names a group that is gone";
      }
    }
  }
  std::set<net::MacAddress> macs;
  std::set<net::Ipv4Address> private_addresses;
  std::set<std::pair<net::Tag, std::uint32_t>> places;
  std::set<std::pair<std::string, std::string>> devices;
  for (const auto& [id, instance] : cloud.instances()) {
    ASSERT_TRUE(macs.insert(instance->mac).second);
    const auto mode = cloud.settings().mode;
    ASSERT_EQ(instance->tag.has_value(), hasNetworks(mode));
    ASSERT_TRUE(instance->private_address || mode == NetworkMode::System);
    if (const auto address = instance->private_address) {
      ASSERT_TRUE(private_addresses.insert(*address).second);
    }
    if (instance->tag) {
      ASSERT_TRUE(places.emplace(*instance->tag, instance->address_index).second);
    }
    if (!instance->device.empty()) {
      ASSERT_TRUE(devices.emplace(instance->node, instance->device).second);
    }
    ASSERT_FALSE(instance->groups.empty());
    ASSERT_EQ(cloud.group(instance->groups[0])->tag, instance->tag);
    for (const auto& group : instance->groups) {
      ASSERT_EQ(cloud.group(group)->owner, instance->owner);
    }
  }
  std::set<InstanceId> with_address;
  for (const auto& [value, address] : cloud.addresses()) {
    ASSERT_TRUE(cloud.account(address->owner));
    ASSERT_TRUE(!address->automatic || address->instance);
    if (!address->instance) continue;
    ASSERT_TRUE(with_address.insert(*address->instance).second) << "two public addresses";
    ASSERT_EQ(cloud.instance(*address->instance)->owner, address->owner);
  }
  for (const auto& [id, forward] : cloud.forwards()) {
    ASSERT_EQ(id, forward->id());
    ASSERT_TRUE(cloud.instance(forward->instance));
    ASSERT_EQ(cloud.instance(forward->instance)->owner, forward->owner);
    if (const auto address = cloud.address(id.address)) {
      ASSERT_EQ(address->owner, forward->owner);
      ASSERT_FALSE(address->instance || address->automatic) << "all of its ports lead elsewhere";
    } else {
      ASSERT_EQ(id.address, cloud.settings().host.public_addresses.at(0));
    }
    for (std::uint32_t port = forward->ports.first; port <= forward->ports.last; ++port) {
      const auto found = cloud.forwardOf(id.address, id.protocol, static_cast<std::uint16_t>(port));
      ASSERT_EQ(found, forward) << "a port in two hands";
    }
  }
  for (const auto& [address, returned] : cloud.returnedAddresses()) {
    ASSERT_FALSE(cloud.address(address)) << "given back, and held";
  }
  ASSERT_TRUE(checkFit(cloud));
}

class CloudHistory : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  static constexpr std::uint32_t kOfSystem = 6;
  static constexpr std::uint32_t kOfStatic = 7;

  /// Small sets so that things run out; or a second cluster, whose callers must name tags; or a
  /// mode without networks.
  static Settings settings(std::uint32_t seed) {
    auto settings = netctl::testing::smallSettings();
    if (seed >= kOfSystem) {
      settings.mode = seed == kOfSystem ? NetworkMode::System : NetworkMode::Static;
      settings.pool = {};
      std::vector<MacPair> pairs;
      for (std::uint8_t i = 1; seed == kOfStatic && i <= 8; ++i) {
        pairs.push_back({{{0xaa, 0, 0, 0, 0, i}}, {0x0a000000U + i}});
      }
      settings.mac_map = MacMap(std::move(pairs));
      return settings;
    }
    if (seed % 3 == 1) {
      settings = netctl::testing::usualSettings();
      settings.plan.tags.resize(40);
    }
    if (seed % 3 == 2) {
      settings.plan.clusters = 2;
      settings.plan.cluster_index = 1;
    }
    return settings;
  }
};

TEST_P(CloudHistory, KeepsInvariantsAndIndexes) {
  Cloud cloud(settings(GetParam()));
  netctl::testing::RandomCommands commands(GetParam());
  std::map<std::size_t, int> changed;
  std::map<std::size_t, int> refused;
  for (int i = 0; i < kCommands; ++i) {
    const auto command = commands.next(cloud);
    const Cloud before = cloud;
    const auto outcome = run(cloud, command);
    const auto changes = cloud.takeChanges();
    if (!outcome) {
      ASSERT_TRUE(changes.empty());
      ASSERT_TRUE(cloud == before) << "a refused command left a trace";
      ASSERT_FALSE(outcome.error().reason.empty());
      ASSERT_FALSE(outcome.error().message.empty());
      ++refused[command.index()];
      continue;
    }
    ASSERT_EQ(outcome->changed, !changes.empty());
    ASSERT_EQ(outcome->changed, !(cloud == before));
    if (!outcome->changed) continue;
    ++changed[command.index()];
    checkInvariants(cloud);
    ASSERT_FALSE(HasFatalFailure());
    ASSERT_TRUE(cloud == cloud.withSettings(cloud.settings()))
        << "indexes that are not as built anew";

    Cloud undone = cloud;
    undone.undo(changes);
    ASSERT_TRUE(undone == before);
  }
  // The history is worth its name: each kind of command had its effect, and most kinds were refused
  // too.
  const std::size_t detaching =
      Command(DetachInstance{*InstanceId::parse("i-00000001"), {}}).index();
  const std::size_t learning = Command(LearnAddress{*InstanceId::parse("i-00000001"), {}}).index();
  for (std::size_t kind = 0; kind < std::variant_size_v<Command>; ++kind) {
    // A cloud without groups and addresses has little else to do.
    const bool wanted = GetParam() < kOfSystem ? kind != learning : kind == detaching;
    EXPECT_TRUE(changed.contains(kind) || !wanted) << kind;
  }
  EXPECT_EQ(changed.contains(learning), GetParam() == kOfSystem);
  EXPECT_GE(refused.size(), 10U);
}

TEST_P(CloudHistory, RepeatsWithoutEffect) {
  Cloud cloud(settings(GetParam()));
  netctl::testing::RandomCommands commands(GetParam());
  for (int i = 0; i < kCommands; ++i) {
    const auto command = commands.next(cloud);
    const auto outcome = run(cloud, command);
    (void)cloud.takeChanges();
    if (!outcome || std::holds_alternative<CreateKey>(command)) continue;
    // Refused where any of them is not there, as they are not after the first time.
    if (std::holds_alternative<DetachInstances>(command)) continue;
    // A named allocation and an association are their own repetition; an allocation without name or
    // token is not.
    const auto* allocation = std::get_if<AllocateAddress>(&command);
    if (allocation != nullptr && !allocation->address && allocation->client_token.empty()) continue;
    // A list that was given another name is not found by the one that it had.
    const auto* list = std::get_if<ModifyPrefixList>(&command);
    if (list != nullptr && list->name && *list->name != list->prefix_list) continue;
    // What an instance lost has gone on to another: the first word of a list of groups may have
    // changed hands.
    const auto repeated = run(cloud, command);
    ASSERT_TRUE(repeated) << i << ": " << repeated.error().message;
    ASSERT_FALSE(repeated->changed) << i << ", command " << command.index();
  }
}

TEST_P(CloudHistory, BatchesMergeAndUndoAsOne) {
  Cloud cloud(settings(GetParam()));
  netctl::testing::RandomCommands commands(GetParam());
  for (int batch = 0; batch < 50; ++batch) {
    const Cloud before = cloud;
    Changes merged;
    for (int i = 0; i < kCommands / 50; ++i) {
      (void)run(cloud, commands.next(cloud));
      merged.merge(cloud.takeChanges());
    }
    Cloud undone = cloud;
    undone.undo(merged);
    ASSERT_TRUE(undone == before);
    for (const auto& [id, change] : merged.instances) {
      const auto was = before.instance(id);
      ASSERT_EQ(change.before == nullptr, was == nullptr);
      ASSERT_TRUE(!was || *was == *change.before);
      ASSERT_EQ(change.after, cloud.instance(id));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CloudHistory, ::testing::Range(0U, 8U));

}  // namespace
}  // namespace netctl::cloud
