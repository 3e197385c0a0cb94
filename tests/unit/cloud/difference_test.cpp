#include "tests/support/example_cloud.h"
#include "tests/support/random_commands.h"

#include <gtest/gtest.h>

namespace netctl::cloud {
namespace {

void runSome(Cloud& cloud, testing::RandomCommands& commands, int count) {
  for (int i = 0; i < count; ++i) {
    (void)run(cloud, commands.next(cloud));
    (void)cloud.takeChanges();
  }
}

TEST(Difference, MakesOneCloudIntoAnother) {
  Cloud cloud(testing::smallSettings());
  testing::RandomCommands commands(7);
  runSome(cloud, commands, 1000);
  auto other = cloud.withSettings(cloud.settings());
  runSome(other, commands, 300);
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
