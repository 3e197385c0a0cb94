#include "netctl/controller/clock_steps.h"

#include <gtest/gtest.h>

namespace netctl::controller {
namespace {

using namespace std::chrono_literals;

class ClockStepsTest : public testing::Test {
 protected:
  const ClockSteps::Wall wall_{std::chrono::hours(500'000)};
  const ClockSteps::Steady steady_{1000s};
  ClockSteps steps_{wall_, steady_};
};

TEST_F(ClockStepsTest, SaysNothingOfTimeThatPasses) {
  EXPECT_EQ(steps_.seen(wall_ + 24h, steady_ + 24h), std::nullopt);
  EXPECT_EQ(steps_.seen(wall_ + 24h + 4900ms, steady_ + 24h), std::nullopt);
}

TEST_F(ClockStepsTest, TellsOnceOfAStepBack) {
  EXPECT_EQ(steps_.seen(wall_ - 24h + 1s, steady_ + 1s), "was set back by 86400 s");
  EXPECT_EQ(steps_.seen(wall_ - 24h + 2s, steady_ + 2s), std::nullopt);
}

TEST_F(ClockStepsTest, TellsOfAStepForward) {
  EXPECT_EQ(steps_.seen(wall_ + 6s, steady_ + 1s), "was set forward by 5 s");
}

}  // namespace
}  // namespace netctl::controller
