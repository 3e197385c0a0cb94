#include "netctl/http/server/refusals.h"

#include <gtest/gtest.h>

namespace netctl::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const FoldedRefusals::Clock::time_point kStart{std::chrono::hours(1)};

TEST(FoldedRefusals, TellsTheFirstAtOnceAndTheOthersOfItsMinuteTogether) {
  FoldedRefusals folded;
  const auto first = folded.add({"192.0.2.1", "no certificate"}, kStart);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->peer, "192.0.2.1");
  EXPECT_EQ(first->count, 1U);
  for (int i = 0; i < 2200; ++i) {
    EXPECT_FALSE(folded.add({"192.0.2.2", "no certificate"}, kStart + milliseconds(i)));
  }
  EXPECT_EQ(folded.due(), kStart + seconds(60));
  EXPECT_TRUE(folded.takeDue(kStart + seconds(59)).empty());
  const auto due = folded.takeDue(kStart + seconds(60));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].peer, "192.0.2.2");
  EXPECT_EQ(due[0].reason, "no certificate");
  EXPECT_EQ(due[0].count, 2200U);
}

TEST(FoldedRefusals, GoesOnFoldingWhileTheyCome) {
  FoldedRefusals folded;
  int told = 0;
  for (int second = 0; second < 600; ++second) {
    const auto now = kStart + seconds(second);
    told += folded.add({"192.0.2.1", "too many"}, now) ? 1 : 0;
    told += static_cast<int>(folded.takeDue(now).size());
  }
  EXPECT_EQ(told, 10) << "one a minute";
}

TEST(FoldedRefusals, TellsEachReason) {
  FoldedRefusals folded;
  EXPECT_TRUE(folded.add({"192.0.2.1", "no certificate"}, kStart));
  EXPECT_TRUE(folded.add({"192.0.2.1", "too many"}, kStart + seconds(1)));
  EXPECT_FALSE(folded.add({"192.0.2.1", "too many"}, kStart + seconds(2)));
  EXPECT_EQ(folded.takeDue(kStart + seconds(62)).size(), 1U);
}

TEST(FoldedRefusals, ForgetsAReasonThatIsOver) {
  FoldedRefusals folded;
  EXPECT_FALSE(folded.due());
  folded.add({"192.0.2.1", "no certificate"}, kStart);
  EXPECT_TRUE(folded.takeDue(kStart + seconds(60)).empty());
  EXPECT_FALSE(folded.due());
  EXPECT_TRUE(folded.add({"192.0.2.1", "no certificate"}, kStart + seconds(61)));
}

}  // namespace
}  // namespace netctl::http
