#include "tests/support/example_cloud.h"
#include "tests/support/random_commands.h"

#include <gtest/gtest.h>

namespace netctl::cloud {
namespace {

TEST(Difference, MakesOneCloudIntoAnother) {
  Cloud cloud(testing::smallSettings());
  testing::RandomCommands commands(7);
  for (int i = 0; i < 300; ++i) (void)run(cloud, commands.next(cloud));
  auto other = cloud.withSettings(cloud.settings());
  for (int i = 0; i < 100; ++i) (void)run(other, commands.next(other));
  ASSERT_FALSE(cloud == other);
  const auto changes = difference(cloud, other);
  EXPECT_FALSE(changes.empty());
  auto made = cloud.withSettings(cloud.settings());
  made.undo(changes.reversed());
  EXPECT_TRUE(made == other);
  made.undo(changes);
  EXPECT_TRUE(made == cloud);
  EXPECT_TRUE(difference(cloud, made).empty());
}

}  // namespace
}  // namespace netctl::cloud
