#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace netctl {
namespace {

const Error kWrong{ErrorCode::Busy, "Unavailable", "wrong"};

TEST(Result, HoldsAValue) {
  const Result<std::string> result = "text";
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, "text");
  EXPECT_EQ(result->size(), 4U);
}

TEST(Result, HoldsAnError) {
  const Result<int> result = kWrong;
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "wrong");
  EXPECT_TRUE(result.error().retryable());
}

TEST(Result, OfAFailureHasNoValue) {
  const Result<int> result = kWrong;
  EXPECT_THROW((void)*result, std::logic_error);
  EXPECT_THROW((void)result.value(), std::logic_error);
}

TEST(Result, OfASuccessHasNoError) {
  EXPECT_THROW((void)Result<int>(1).error(), std::logic_error);
  EXPECT_THROW((void)Result<void>().error(), std::logic_error);
}

TEST(Result, GivesAwayWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const auto taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, OfNothingIsDoneOrAnError) {
  EXPECT_TRUE(Result<void>());
  EXPECT_FALSE(Result<void>(kWrong));
}

}  // namespace
}  // namespace netctl
