#include "modes/cloud/part.h"

#include "modes/cloud/commands.h"
#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::cloud {
namespace {

using netctl::testing::instance;
using ::testing::ElementsAre;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

/// Two accounts with a group each; alice has instances on n1 and n2, bob on n2 only.
class Parts : public ::testing::Test {
 protected:
  Parts() {
    cloud_.put(Account{{"000000000001"}, "alice"});
    cloud_.put(Account{{"000000000002"}, "bob"});
    cloud_.put(group("sg-00000001", "000000000001", "web", 2));
    cloud_.put(group("sg-00000002", "000000000002", "db", 3));
    cloud_.put(member("i-00000001", "sg-00000001", 2, 9, "n1", "vnet0"));
    cloud_.put(member("i-00000002", "sg-00000001", 2, 10, "n2", ""));
    cloud_.put(member("i-00000003", "sg-00000002", 3, 9, "n2", "vnet1"));
    (void)cloud_.takeChanges();
  }
  static Group group(const std::string& id, const std::string& owner, const std::string& name,
                     std::uint16_t tag) {
    Group group{{id}, {owner}, name, "", {}, net::Tag{tag}, {}};
    group.permissions.insert({.protocol = net::kAnyProtocol, .source = GroupId{id}});
    return group;
  }
  Instance member(const std::string& id, const std::string& group, std::uint16_t tag,
                  std::uint32_t index, const std::string& node, const std::string& device) const {
    Instance result{.id = instance(id)};
    result.owner = cloud_.group({group})->owner;
    result.groups = {{group}};
    result.node = node;
    result.device = device;
    result.mac = result.id.mac(cloud_.settings().mac_prefix);
    result.tag = net::Tag{tag};
    result.address_index = index;
    result.private_address = cloud_.settings().plan.host({tag}, index);
    result.user_data = "secret";
    return result;
  }
  std::map<std::string, PartDifference> take() {
    const auto changes = cloud_.takeChanges();
    return partDifferences(cloud_, changes);
  }

  Cloud cloud_{netctl::testing::smallSettings()};
};

TEST_F(Parts, HoldTheOwnNetworksAndTheirNeighbours) {
  const auto part = partOf(cloud_, "n1");
  EXPECT_THAT(part.networks, ElementsAre(Key(net::Tag{2})));
  EXPECT_THAT(part.instances,
              ElementsAre(Key(instance("i-00000001")), Key(instance("i-00000002"))));
  EXPECT_EQ(part.instances.at(instance("i-00000001")).device, "vnet0");
  EXPECT_EQ(part.instances.at(instance("i-00000002")).device, std::nullopt);
  EXPECT_EQ(partOf(cloud_, "n2").instances.at(instance("i-00000002")).device, "");
  EXPECT_TRUE(partOf(cloud_, "n3").instances.empty());
  EXPECT_TRUE(part.settings.plan.tags.empty());
  EXPECT_TRUE(check(part));
}

TEST_F(Parts, ChangeOnlyForTheNodesThatSeeTheNetwork) {
  cloud_.put(member("i-00000004", "sg-00000002", 3, 10, "n2", ""));
  EXPECT_THAT(take(), ElementsAre(Key("n2")));
  cloud_.put(member("i-00000005", "sg-00000001", 2, 11, "n3", ""));
  const auto joined = take();
  EXPECT_THAT(joined, UnorderedElementsAre(Key("n1"), Key("n2"), Key("n3")));
  EXPECT_EQ(joined.at("n1").instances.size(), 1U);
  EXPECT_EQ(joined.at("n3").instances.size(), 3U) << "who is new learns of all";
  EXPECT_EQ(joined.at("n3").networks.size(), 1U);
  auto renamed = *cloud_.group({"sg-00000001"});
  renamed.permissions.clear();
  cloud_.put(renamed);
  EXPECT_TRUE(take().empty()) << "permissions are no node's business";
}

TEST_F(Parts, ChangeOnlyForTheNodesThatSeeWhatChanged) {
  cloud_.put(member("i-00000001", "sg-00000001", 2, 9, "n1", "vnet5"));
  const auto renamed = take();
  EXPECT_THAT(renamed, ElementsAre(Key("n1"))) << "a device is its own node's business";
  EXPECT_EQ(renamed.at("n1").instances.at(instance("i-00000001"))->device, "vnet5");
  auto told = *cloud_.instance(instance("i-00000002"));
  told.user_data = "another secret";
  cloud_.put(told);
  EXPECT_TRUE(take().empty());
}

TEST_F(Parts, LoseTheNetworkWithTheLastInstance) {
  cloud_.put(member("i-00000001", "sg-00000001", 2, 9, "n2", "vnet7"));
  const auto moved = take();
  EXPECT_EQ(moved.at("n1").networks.at({2}), std::nullopt);
  EXPECT_EQ(moved.at("n1").instances.at(instance("i-00000002")), std::nullopt);
  EXPECT_EQ(moved.at("n2").instances.size(), 1U);
  EXPECT_EQ(moved.at("n2").instances.at(instance("i-00000001"))->device, "vnet7");
}

TEST_F(Parts, MakeACloudThatKeepsWhatTheNodeKnows) {
  Settings own;
  own.host.node_name = "n2";
  own.host.bridge = "br0";
  const auto part = partOf(cloud_, "n2");
  Cloud node(settingsOf(part.settings, own));
  EXPECT_EQ(node.settings().host.bridge, "br0");
  EXPECT_EQ(node.settings().plan.subnet, cloud_.settings().plan.subnet);
  edit(node, difference({}, part));
  EXPECT_EQ(node.instance(instance("i-00000003"))->node, "n2");
  EXPECT_EQ(node.instance(instance("i-00000001"))->node, "");
  EXPECT_EQ(node.instance(instance("i-00000003"))->user_data, "");
  auto known = *node.instance(instance("i-00000002"));
  known.attributes["seen"] = "here";
  node.put(known);
  edit(node, {{}, {{instance("i-00000002"), part.instances.at(instance("i-00000002"))}}});
  EXPECT_EQ(node.instance(instance("i-00000002"))->attributes, known.attributes);
  auto handed_on = part;
  handed_on.networks.at({3}) = {{"sg-00000009"}, {"000000000001"}, "new"};
  edit(node, difference(part, handed_on));
  EXPECT_EQ(node.instance(instance("i-00000003"))->groups.front().value, "sg-00000009");
  edit(node, difference(handed_on, Part{part.settings, {}, {}}));
  EXPECT_TRUE(node.instances().empty() && node.groups().empty() && node.accounts().empty());
}

TEST_F(Parts, AreRefusedWhereTheyContradictThemselves) {
  const auto sound = partOf(cloud_, "n2");
  const auto id = instance("i-00000002");
  const auto other = instance("i-00000003");
  auto part = sound;
  part.instances.at(id).mac = part.instances.at(other).mac;
  EXPECT_FALSE(check(part));
  part = sound;
  part.instances.at(id).private_address = part.instances.at(other).private_address;
  EXPECT_FALSE(check(part));
  part = sound;
  part.instances.at(id).device = "vnet1";
  EXPECT_FALSE(check(part));
  part = sound;
  part.instances.at(id).tag = net::Tag{4000};
  EXPECT_FALSE(check(part));
  part = sound;
  part.networks.erase({3});
  EXPECT_FALSE(check(part));
  part = sound;
  part.networks.at({3}).group = part.networks.at({2}).group;
  EXPECT_FALSE(check(part));
}

}  // namespace
}  // namespace netctl::cloud
