#include "tests/unit/cloud/cloud_fixture.h"

#include "modes/cloud/fit.h"

namespace netctl::cloud {
namespace {

using netctl::testing::address;
using netctl::testing::smallSettings;
using ChangesTest = CloudTest;

TEST_F(ChangesTest, RecordEachObjectOnceFromFirstToLast) {
  ASSERT_TRUE(run(cloud_, CreateGroup{"alice", "web", "", {"sg-0000000a"}}));
  auto changes = cloud_.takeChanges();
  ASSERT_EQ(changes.groups.size(), 1U);
  EXPECT_FALSE(changes.groups.begin()->second.before);
  ASSERT_TRUE(run(cloud_, AttachInstance{.instance = netctl::testing::instance("i-00000001"),
                                         .owner = "alice",
                                         .groups = {"web"}}));
  changes.merge(cloud_.takeChanges());
  ASSERT_EQ(changes.groups.size(), 1U);
  EXPECT_FALSE(changes.groups.begin()->second.before) << "still new";
  EXPECT_EQ(changes.groups.begin()->second.after->tag, net::Tag{2});
}

TEST_F(ChangesTest, LeaveOutWhatIsAsItWas) {
  ASSERT_TRUE(run(cloud_, CreateGroup{"alice", "web", "", {"sg-0000000a"}}));
  auto changes = cloud_.takeChanges();
  ASSERT_TRUE(run(cloud_, DeleteGroup{"alice", "web"}));
  changes.merge(cloud_.takeChanges());
  EXPECT_TRUE(changes.empty());
}

TEST_F(ChangesTest, UndoneGiveBackWhatWasHandedOn) {
  group("alice", "web");
  group("alice", "db");
  attach(1, "alice", {"web"});
  const Cloud before = cloud_;
  // The tag, the index and the address of one go to another within the changes.
  Changes changes;
  ok(DetachInstance{netctl::testing::instance("i-00000001")});
  changes.merge(changes_);
  attach(2, "alice", {"db"});
  changes.merge(changes_);
  EXPECT_FALSE(cloud_ == before);
  cloud_.undo(changes);
  EXPECT_TRUE(cloud_ == before);
  EXPECT_FALSE(cloud_.hasChanges());
}

TEST_F(ChangesTest, NothingCanBeHeldTwice) {
  attach(1, "alice");
  auto copy = *cloud_.instance(netctl::testing::instance("i-00000001"));
  copy.id = netctl::testing::instance("i-00000002");
  EXPECT_THROW(cloud_.put(copy), std::logic_error);
}

TEST_F(ChangesTest, FitUnderTheSettingsTheyWereMadeUnder) {
  attach(1, "alice", {}, Addressing::Public);
  EXPECT_TRUE(checkFit(cloud_));

  const auto faultsUnder = [&](const Settings& settings) {
    const auto fit = checkFit(cloud_.withSettings(settings));
    return fit ? 0 : fit.error().faults.size();
  };
  auto other_subnet = smallSettings();
  other_subnet.plan.subnet = netctl::testing::prefix("10.0.1.0/24");
  EXPECT_EQ(faultsUnder(other_subnet), 1U);
  auto other_tags = smallSettings();
  other_tags.plan.tags = {{3}, {4}};
  EXPECT_EQ(faultsUnder(other_tags), 1U);
  auto other_pool = smallSettings();
  other_pool.pool.remove({address("198.51.100.1"), address("198.51.100.1")});
  EXPECT_EQ(faultsUnder(other_pool), 1U);
}

TEST_F(ChangesTest, OfSettingsMoveWhatIsFree) {
  attach(1, "alice", {}, Addressing::Public);
  auto settings = smallSettings();
  settings.plan.tags = {{2}, {5}};
  settings.pool.remove({address("198.51.100.2"), address("198.51.100.4")});
  const auto moved = cloud_.withSettings(settings);
  EXPECT_EQ(moved.freeTag(), net::Tag{5});
  EXPECT_EQ(moved.freePublicAddress({"111111111111"}), address("198.51.100.5"));
  EXPECT_FALSE(moved.hasChanges());
}

}  // namespace
}  // namespace netctl::cloud
