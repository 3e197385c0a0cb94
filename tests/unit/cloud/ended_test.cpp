#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::instance;
using std::chrono::minutes;
using std::chrono::sys_seconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr sys_seconds kNoon{std::chrono::seconds(1700000000)};

class EndedTest : public CloudTest {
 protected:
  void start(const std::string& id, const std::string& owner = "alice") {
    ok(AttachInstance{.instance = instance(id),
                      .owner = owner,
                      .attributes = {{"ami-id", "emi-1"}, {"secret", "x"}},
                      .now = kNoon - minutes(9),
                      .resource_tags = {{"Name", "front"}}});
  }
  void end(const std::string& id, sys_seconds when) {
    ok(DetachInstance{.instance = instance(id), .now = when});
  }
};

TEST_F(EndedTest, InstancesAreKnownForAnHour) {
  start("i-0000000A");
  end("i-0000000A", kNoon);
  const auto ended = cloud_.ended(instance("i-0000000a"));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->id.text(), "i-0000000A");
  EXPECT_EQ(ended->owner.value, "111111111111");
  EXPECT_EQ(ended->attached, kNoon - minutes(9));
  EXPECT_EQ(ended->attributes, (std::map<std::string, std::string>{{"ami-id", "emi-1"}}));
  EXPECT_EQ(ended->resource_tags.at("Name"), "front");
  EXPECT_TRUE(ended->isShown(kNoon + minutes(59)));
  EXPECT_FALSE(ended->isShown(kNoon + minutes(60)));
}

TEST_F(EndedTest, InstancesAreNotInTheWayOfTheirId) {
  start("i-00000001");
  end("i-00000001", kNoon);
  start("i-00000001", "bob");
  EXPECT_THAT(cloud_.endedInstances(), IsEmpty());
  EXPECT_EQ(cloud_.instance(instance("i-00000001"))->owner.value, "222222222222");
}

TEST_F(EndedTest, InstancesThatNobodyIsToldOfAreForgotten) {
  for (const auto* const id : {"i-00000001", "i-00000002", "i-00000003"}) {
    start(id);
    end(id, kNoon);
  }
  start("i-00000004");
  end("i-00000004", kNoon + minutes(59));
  EXPECT_THAT(cloud_.endedInstances(), SizeIs(4));
  start("i-00000005");
  end("i-00000005", kNoon + minutes(60));
  EXPECT_THAT(cloud_.endedInstances(), SizeIs(3));
  EXPECT_FALSE(cloud_.ended(instance("i-00000001")));
  start("i-00000006");
  end("i-00000006", kNoon + minutes(60));
  EXPECT_THAT(cloud_.endedInstances(), SizeIs(3));
  EXPECT_TRUE(cloud_.ended(instance("i-00000004")));
}

TEST_F(EndedTest, InstancesEndOnceMore) {
  start("i-00000001");
  start("i-00000002");
  end("i-00000001", kNoon);
  const auto both = [](sys_seconds now) {
    return DetachInstances{"alice", {instance("i-00000001"), instance("i-00000002")}, now};
  };
  EXPECT_EQ(reason(both(kNoon + minutes(60))), "InvalidInstanceID.NotFound");
  ok(both(kNoon + minutes(59)));
  repeats(both(kNoon + minutes(59)));
  EXPECT_EQ(cloud_.ended(instance("i-00000001"))->ended, kNoon);
  EXPECT_EQ(reason(DetachInstances{"bob", {instance("i-00000001")}, kNoon}),
            "InvalidInstanceID.NotFound");
}

TEST_F(EndedTest, InstancesGoWithTheirAccount) {
  start("i-00000001", "bob");
  end("i-00000001", kNoon);
  ok(DeleteAccount{"bob"});
  EXPECT_THAT(cloud_.endedInstances(), IsEmpty());
}

}  // namespace
}  // namespace netctl::cloud
