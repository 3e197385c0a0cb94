#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::instance;
using ::testing::ElementsAre;

class ModifyTest : public CloudTest {
 protected:
  ModifyTest() {
    group("alice", "web");
    group("alice", "db");
    group("alice", "ops");
    group("bob", "mail");
  }
};

TEST_F(ModifyTest, ChangesFurtherGroupsAndKeepsTheFirst) {
  const auto id = attach(1, "alice", {"web", "db"});
  const ModifyInstance command{.instance = id, .groups = {{"web", "ops"}}};
  ok(command);
  repeats(command);
  EXPECT_EQ(cloud_.members(groupOf("alice", "db")->id).size(), 0U);
  EXPECT_EQ(cloud_.members(groupOf("alice", "ops")->id).size(), 1U);
  EXPECT_THAT(wrong(ModifyInstance{.instance = id, .groups = {{"ops", "web"}}}),
              ElementsAre("groups"));
  EXPECT_THAT(wrong(ModifyInstance{.instance = id, .groups = {std::vector<std::string>{}}}),
              ElementsAre("groups"));
  EXPECT_THAT(wrong(ModifyInstance{.instance = id, .groups = {{"web", "mail", "web"}}}),
              ElementsAre("groups[1]", "groups[2]"));
}

TEST_F(ModifyTest, ChangesPlaceAndAttributes) {
  const auto id = attach(1, "alice");
  ok({ModifyInstance{.instance = id,
                     .node = "node2",
                     .device = "vnet7",
                     .attributes = {{{"ami-id", "ami-1"}}},
                     .keep_flows = true}});
  const auto made = cloud_.instance(id);
  EXPECT_EQ(made->node, "node2");
  EXPECT_EQ(made->device, "vnet7");
  EXPECT_EQ(made->attributes.at("ami-id"), "ami-1");
  EXPECT_EQ(cloud_.instanceByDevice("node2", "vnet7")->id, id);
  ok(ModifyInstance{.instance = id, .device = ""});
  EXPECT_FALSE(cloud_.instanceByDevice("node2", "vnet7"));
}

TEST_F(ModifyTest, ForgetsTheDeviceThatWasSeen) {
  const auto id = attach(1, "alice");
  ok(SeeDevice{id, "vnet0"});
  EXPECT_EQ(cloud_.instance(id)->portDevice(), "vnet0");
  ok(ModifyInstance{.instance = id, .groups = {{"default"}}});
  EXPECT_EQ(cloud_.instance(id)->portDevice(), "vnet0");
  ok(ModifyInstance{.instance = id, .device = ""});
  EXPECT_EQ(cloud_.instance(id)->portDevice(), "");
}

TEST_F(ModifyTest, ADeviceIsOfWhomItWasSeenToBeLast) {
  const auto ended = attach(1, "alice");
  const auto next = attach(2, "alice");
  ok(SeeDevice{ended, "vnet0"});
  ok(SeeDevice{next, "vnet0"});
  EXPECT_EQ(cloud_.instance(ended)->portDevice(), "");
  EXPECT_EQ(cloud_.instanceByDevice(cloud_.instance(next)->node, "vnet0")->id, next);
  // One that was named stays whose it is.
  ok(ModifyInstance{.instance = next, .device = "vnet0"});
  repeats(SeeDevice{ended, "vnet0"});
  EXPECT_EQ(cloud_.instance(ended)->portDevice(), "");
}

TEST_F(ModifyTest, ChangesHowMetadataAreUsed) {
  const auto id = attach(1, "alice");
  ok(ModifyInstance{.instance = id, .metadata = {.needs_token = true, .token_hops = 2}});
  ok(ModifyInstance{.instance = id, .metadata = {.enabled = false}});
  const MetadataOptions wanted{.needs_token = true, .token_hops = 2, .enabled = false};
  EXPECT_EQ(cloud_.instance(id)->metadata, wanted);
  repeats(ModifyInstance{.instance = id, .metadata = {.token_hops = 2}});
  EXPECT_THAT(wrong(ModifyInstance{.instance = id, .metadata = {.token_hops = 65}}),
              ElementsAre("metadata_hops"));
  EXPECT_THAT(wrong(ModifyInstance{.instance = id, .metadata = {.token_hops = 0}}),
              ElementsAre("metadata_hops"));
}

TEST_F(ModifyTest, RefusesADeviceInUse) {
  attach(1, "alice");
  attach(2, "alice");
  ok(ModifyInstance{.instance = instance("i-00000001"), .device = "vnet1"});
  repeats(ModifyInstance{.instance = instance("i-00000001"), .device = "vnet1"});
  EXPECT_EQ(reason(ModifyInstance{.instance = instance("i-00000002"), .device = "vnet1"}),
            "InvalidDevice.InUse");
}

TEST_F(ModifyTest, RefusesWhatAttachRefuses) {
  const auto id = attach(1, "alice");
  EXPECT_THAT(wrong(ModifyInstance{
                  .instance = id, .node = "", .device = "a b", .attributes = {{{"A", ""}}}}),
              ElementsAre("node", "device", "attributes"));
  EXPECT_EQ(reason(ModifyInstance{.instance = instance("i-00000009")}),
            "InvalidInstanceID.NotFound");
}

}  // namespace
}  // namespace netctl::cloud
