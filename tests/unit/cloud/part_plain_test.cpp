// A node's part of the cloud in the modes without networks.
#include "modes/cloud/part.h"
#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::address;
using netctl::testing::instance;
using netctl::testing::mac;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Settings settings(NetworkMode mode) {
  Settings settings;
  settings.mode = mode;
  settings.host.role = Role::Cluster;
  settings.host.node_name = "cluster";
  settings.mac_map = MacMap({{mac("aa:dd:11:ce:ff:01"), address("192.168.1.10")},
                             {mac("aa:dd:11:ce:ff:02"), address("192.168.1.11")}});
  return settings;
}

/// The cluster's cloud, and what node n1 makes of its part.
class PlainPartTest : public CloudTest {
 protected:
  explicit PlainPartTest(NetworkMode mode) : CloudTest(settings(mode)), node_(ofNode(mode)) {}

  static Settings ofNode(NetworkMode mode) {
    Settings own;
    own.host.role = Role::Node;
    own.host.node_name = "n1";
    return settingsOf(Part{.settings = {.mode = mode}}.settings, own);
  }
  /// What a command means for n1, carried out there.
  PartDifference tell(const Command& command) {
    ok(command);
    auto differences = partDifferences(cloud_, changes_);
    const auto mine = differences["n1"];
    edit(node_, mine);
    (void)node_.takeChanges();
    EXPECT_EQ(partOf(node_, "n1").instances, partOf(cloud_, "n1").instances);
    EXPECT_TRUE(check(partOf(cloud_, "n1")));
    return mine;
  }
  PartDifference place(const char* id, const char* node, const char* owner = "alice") {
    return tell(AttachInstance{.instance = instance(id),
                               .owner = owner,
                               .node = node,
                               .device = "vnet" + std::string(id)});
  }

  Cloud node_;
};
class StaticPartTest : public PlainPartTest {
 protected:
  StaticPartTest() : PlainPartTest(NetworkMode::Static) {}
};
class SystemPartTest : public PlainPartTest {
 protected:
  SystemPartTest() : PlainPartTest(NetworkMode::System) {}
};

TEST_F(StaticPartTest, HoldsTheNodesOwnInstancesAlone) {
  EXPECT_THAT(place("i-00000001", "n1").instances, SizeIs(1));
  EXPECT_TRUE(place("i-00000002", "n2").empty());
  ASSERT_THAT(node_.instances(), SizeIs(1));
  const auto& held = *node_.instances().begin()->second;
  EXPECT_EQ(held.private_address, address("192.168.1.10"));
  EXPECT_EQ(held.owner.value, "111111111111");
  EXPECT_FALSE(held.tag);
}

TEST_F(StaticPartTest, FollowsAnInstanceFromNodeToNode) {
  place("i-00000001", "n1", "bob");
  tell(ModifyInstance{.instance = instance("i-00000001"), .node = "n2"});
  EXPECT_THAT(node_.instances(), IsEmpty());
  EXPECT_THAT(node_.accounts(), IsEmpty()) << "an account goes with its last instance";
  tell(ModifyInstance{.instance = instance("i-00000001"), .node = "n1"});
  EXPECT_THAT(node_.instances(), SizeIs(1));
  tell(DetachInstance{instance("i-00000001")});
  EXPECT_THAT(node_.instances(), IsEmpty());
}

TEST_F(StaticPartTest, HoldsAnInstanceThatMigratesOnBothNodes) {
  const auto id = instance("i-00000001");
  place("i-00000001", "n1");
  EXPECT_THAT(tell(MigrateInstance{.instance = id, .node = "n2", .device = "vnet7"}).instances,
              SizeIs(1));
  EXPECT_TRUE(node_.instance(id)->isOn("n1") && node_.instance(id)->destination);
  const auto there = partOf(cloud_, "n2").instances.at(id);
  EXPECT_EQ(there.device, "vnet7");
  EXPECT_EQ(there.migration, PartMigration::Arrives);
  tell(MigrateInstance{.instance = id, .step = MigrateInstance::Step::Finish});
  EXPECT_THAT(node_.instances(), IsEmpty());

  tell(MigrateInstance{.instance = id, .node = "n1"});
  EXPECT_TRUE(node_.instance(id)->migratesTo("n1"));
  ASSERT_TRUE(run(node_, SeeDevice{id, "vnet3"}));
  (void)node_.takeChanges();
  tell(MigrateInstance{.instance = id, .step = MigrateInstance::Step::Finish});
  EXPECT_EQ(node_.instance(id)->node, "n1");
  EXPECT_FALSE(node_.instance(id)->destination);
  EXPECT_EQ(node_.instance(id)->portDevice(), "vnet3") << "the node keeps what it has seen";

  tell(MigrateInstance{.instance = id, .node = "n2"});
  tell(MigrateInstance{.instance = id, .step = MigrateInstance::Step::Cancel});
  EXPECT_FALSE(node_.instance(id)->destination);
  EXPECT_THAT(partOf(cloud_, "n2").instances, IsEmpty());
}

TEST_F(SystemPartTest, LeavesTheAddressToTheNode) {
  place("i-00000001", "n1");
  const LearnAddress learned{instance("i-00000001"), address("192.168.1.7"), true};
  ASSERT_TRUE(run(node_, learned));
  (void)node_.takeChanges();
  EXPECT_TRUE(tell(learned).empty()) << "what the node said does not come back to it";
  // Another device: the node keeps what it knows.
  EXPECT_THAT(tell(ModifyInstance{.instance = instance("i-00000001"), .device = "vnet9"}).instances,
              SizeIs(1));
  EXPECT_EQ(node_.instances().begin()->second->private_address, address("192.168.1.7"));
}

TEST_F(SystemPartTest, IsCheckedByWhatTheModeNeeds) {
  place("i-00000001", "n1");
  const auto id = instance("i-00000001");
  const auto sound = partOf(cloud_, "n1");
  const auto is_refused = [&](const auto& spoil) {
    auto part = sound;
    spoil(part);
    EXPECT_FALSE(check(part));
  };
  is_refused([&](auto& part) { part.instances.at(id).tag = net::Tag{2}; });
  is_refused([&](auto& part) { part.instances.at(id).private_address = address("10.0.0.9"); });
  is_refused([&](auto& part) { part.instances.at(id).owner.reset(); });
  is_refused([&](auto& part) { part.instances.at(id).device.reset(); });
  is_refused([&](auto& part) { part.settings.mode = NetworkMode::Static; });
  is_refused([&](auto& part) { part.settings.mode = NetworkMode::Managed; });
  is_refused([&](auto& part) { part.networks[net::Tag{2}] = {{"sg-00000001"}, {"a"}, "web"}; });
}

}  // namespace
}  // namespace netctl::cloud
