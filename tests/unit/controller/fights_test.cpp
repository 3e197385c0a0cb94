#include "netctl/controller/fights.h"

#include <gmock/gmock.h>

namespace netctl::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

using Clock = Fights::Clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

host::Step step(const std::string& set = "nc_a") {
  return {host::Phase::AddSets, host::CreateSet{set, {}}};
}

class FightsTest : public ::testing::Test {
 protected:
  /// Repairs it so often, a burst each.
  std::vector<std::string> repair(std::size_t times) { return repair(times, Fights::kBurst); }
  std::vector<std::string> repair(std::size_t times, milliseconds apart) {
    std::vector<std::string> begun;
    for (std::size_t i = 0; i < times; ++i) {
      now_ += apart;
      begun = fights_.repaired(step(), now_);
    }
    return begun;
  }

  Fights fights_;
  Clock::time_point now_;
};

TEST_F(FightsTest, WhatIsRepairedNowAndThenIsNoFight) {
  for (int i = 0; i < 20; ++i) {
    now_ += Fights::kWithin;
    EXPECT_THAT(fights_.repaired(step(), now_), IsEmpty());
  }
  EXPECT_FALSE(fights_.isHeld(step(), now_));
}

TEST_F(FightsTest, AFirewallThatIsReloadedIsNoFight) {
  for (int reload = 0; reload < 20; ++reload) {
    EXPECT_THAT(repair(Fights::kRepairs - 1, milliseconds(20)), IsEmpty());
    EXPECT_FALSE(fights_.isHeld(step(), now_)) << "each is repaired at once";
    now_ += seconds(5);
  }
  EXPECT_THAT(fights_.problems(), IsEmpty());
}

TEST_F(FightsTest, ABurstThatDoesNotEndIsHeldForAMoment) {
  EXPECT_THAT(repair(Fights::kRepairs, milliseconds(20)), IsEmpty());
  EXPECT_TRUE(fights_.isHeld(step(), now_));
  EXPECT_THAT(fights_.problems(), IsEmpty()) << "nobody has to know";
  now_ += Fights::kBurst;
  EXPECT_FALSE(fights_.isHeld(step(), now_));
  EXPECT_TRUE(fights_.takeDue(now_)) << "it is looked at again by itself";
}

TEST_F(FightsTest, WhatIsChangedAllTheTimeBecomesAFight) {
  std::size_t bursts = 0;
  for (; fights_.problems().empty() && bursts < 10; ++bursts) {
    repair(Fights::kRepairs, milliseconds(20));
    now_ += Fights::kBurst;
  }
  EXPECT_EQ(bursts, Fights::kBursts);
}

TEST_F(FightsTest, AFightIsNamedOnceAndHeld) {
  EXPECT_THAT(repair(Fights::kBursts - 1), IsEmpty());
  EXPECT_FALSE(fights_.isHeld(step(), now_));
  EXPECT_THAT(repair(1), ElementsAre("set nc_a"));
  EXPECT_TRUE(fights_.isHeld(step(), now_));
  EXPECT_FALSE(fights_.isHeld(step("nc_b"), now_));
  EXPECT_THAT(fights_.problems(), ElementsAre(Field(&Problem::object, "set nc_a")));
}

TEST_F(FightsTest, AHeldObjectIsDueOnceWhenItsTimeIsOver) {
  repair(Fights::kBursts);
  EXPECT_FALSE(fights_.takeDue(now_));
  now_ += Fights::kSlowed;
  EXPECT_FALSE(fights_.isHeld(step(), now_));
  EXPECT_TRUE(fights_.takeDue(now_));
  EXPECT_FALSE(fights_.takeDue(now_));
  // It goes on, and is not named again.
  EXPECT_THAT(fights_.repaired(step(), now_), IsEmpty());
  EXPECT_TRUE(fights_.isHeld(step(), now_ + milliseconds(1)));
}

TEST_F(FightsTest, AFightEndsThoughNothingIsRepairedAnyMore) {
  repair(Fights::kBursts);
  now_ += 2 * Fights::kSlowed + seconds(1);
  (void)fights_.takeDue(now_);
  EXPECT_THAT(fights_.problems(), IsEmpty());
}

TEST_F(FightsTest, AFightEndsWhenTheOtherLetsGo) {
  repair(Fights::kBursts);
  now_ += 2 * Fights::kSlowed + seconds(1);
  EXPECT_THAT(fights_.repaired(step("nc_b"), now_), IsEmpty());
  EXPECT_THAT(fights_.problems(), IsEmpty());
  EXPECT_THAT(repair(Fights::kBursts), ElementsAre("set nc_a"));
}

}  // namespace
}  // namespace netctl::controller
