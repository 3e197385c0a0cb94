#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::instance;
using ::testing::ElementsAre;
using enum MigrateInstance::Step;

class MigrateTest : public CloudTest {
 protected:
  MigrateTest() {
    ok(AttachInstance{.instance = kId,
                      .owner = "alice",
                      .node = "node1",
                      .device = "vnet0",
                      .addressing = Addressing::Private});
  }

  [[nodiscard]] Ref<Instance> migrating() const { return cloud_.instance(kId); }

  const InstanceId kId = instance("i-00000001");
  const MigrateInstance kBegin{.instance = kId, .node = "node2", .device = "vnet7"};
};

TEST_F(MigrateTest, HasTwoPlacesMeanwhile) {
  ok(kBegin);
  repeats(kBegin);
  EXPECT_EQ(migrating()->node, "node1");
  EXPECT_EQ(migrating()->destination, (Destination{.node = "node2", .device = "vnet7"}));
  EXPECT_EQ(cloud_.instanceByDevice("node1", "vnet0")->id, kId);
  EXPECT_EQ(cloud_.instanceByDevice("node2", "vnet7")->id, kId);
  EXPECT_EQ(reason(MigrateInstance{.instance = kId, .node = "node3"}), "IncorrectInstanceState");
}

TEST_F(MigrateTest, FinishesWhereItWentTo) {
  ok(kBegin);
  EXPECT_EQ(reason(MigrateInstance{.instance = kId, .step = Finish, .node = "node3"}),
            "IncorrectInstanceState");
  ok(MigrateInstance{.instance = kId, .step = Finish, .node = "node2"});
  EXPECT_EQ(migrating()->node, "node2");
  EXPECT_EQ(migrating()->device, "vnet7");
  EXPECT_FALSE(migrating()->destination);
  EXPECT_FALSE(cloud_.instanceByDevice("node1", "vnet0"));
  repeats(MigrateInstance{.instance = kId, .step = Finish, .node = "node2"});
  repeats(MigrateInstance{.instance = kId, .step = Cancel});
}

TEST_F(MigrateTest, IsCancelledAndStays) {
  ok(kBegin);
  repeats(MigrateInstance{.instance = kId, .step = Cancel, .node = "node3"});
  ok(MigrateInstance{.instance = kId, .step = Cancel});
  EXPECT_EQ(migrating()->node, "node1");
  EXPECT_EQ(migrating()->device, "vnet0");
  EXPECT_FALSE(cloud_.instanceByDevice("node2", "vnet7"));
  repeats(MigrateInstance{.instance = kId, .step = Finish});
}

TEST_F(MigrateTest, EndsWhereItIsMoved) {
  ok(kBegin);
  ok(ModifyInstance{.instance = kId, .node = "node1"});
  EXPECT_TRUE(migrating()->destination) << "it is there already";
  ok(ModifyInstance{.instance = kId, .node = "node2"});
  EXPECT_EQ(migrating()->device, "vnet7");
  EXPECT_FALSE(migrating()->destination);
  ok(MigrateInstance{.instance = kId, .node = "node1"});
  ok(ModifyInstance{.instance = kId, .node = "node3"});
  EXPECT_FALSE(migrating()->destination);
  EXPECT_EQ(migrating()->device, "vnet7");
}

TEST_F(MigrateTest, IsRefusedWhereThereIsNoPlace) {
  EXPECT_THAT(wrong(MigrateInstance{.instance = kId, .node = "node1"}), ElementsAre("node"));
  EXPECT_THAT(wrong(MigrateInstance{.instance = kId, .node = "no de", .device = "lo"}),
              ElementsAre("node", "device"));
  EXPECT_EQ(reason(MigrateInstance{.instance = instance("i-00000009"), .node = "node2"}),
            "InvalidInstanceID.NotFound");
  const auto other = instance("i-00000002");
  ok(AttachInstance{.instance = other,
                    .owner = "bob",
                    .node = "node2",
                    .device = "vnet7",
                    .addressing = Addressing::Private});
  EXPECT_EQ(reason(kBegin), "InvalidDevice.InUse");
  ok(MigrateInstance{.instance = kId, .node = "node2", .device = "vnet8"});
  EXPECT_EQ(reason(ModifyInstance{.instance = other, .device = "vnet8"}), "InvalidDevice.InUse");
  ok(DetachInstance{kId});
  ok(ModifyInstance{.instance = other, .device = "vnet8"});
}

TEST_F(MigrateTest, IsSeenWhereItArrives) {
  auto here = cloud_.settings();
  here.host.node_name = "node2";
  cloud_ = cloud_.withSettings(here);
  ok(MigrateInstance{.instance = kId, .node = "node2"});
  ok(SeeDevice{kId, "vnet3"});
  repeats(SeeDevice{kId, "vnet3"});
  EXPECT_EQ(migrating()->destination->portDevice(), "vnet3");
  EXPECT_EQ(migrating()->portDevice(), "vnet0");
  ok(MigrateInstance{.instance = kId, .step = Finish});
  EXPECT_EQ(migrating()->portDevice(), "vnet3");
  EXPECT_EQ(migrating()->device, "");
}

}  // namespace
}  // namespace netctl::cloud
