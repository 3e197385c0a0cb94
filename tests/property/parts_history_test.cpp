#include "modes/cloud/part.h"
#include "tests/support/example_cloud.h"
#include "tests/support/random_commands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

namespace netctl::cloud {
namespace {

constexpr int kSteps = 2000;

Settings nodeSettings(const Cloud& cloud, const std::string& node) {
  Settings own;
  own.host.node_name = node;
  return settingsOf(partOf(cloud, node).settings, own);
}

/// A cloud that is made of a whole part at once.
Cloud madeOf(const Part& part, const Settings& settings) {
  Cloud cloud(settings);
  edit(cloud, difference({}, part));
  (void)cloud.takeChanges();
  return cloud;
}

class PartsHistory : public ::testing::TestWithParam<std::uint32_t> {};

/// What is sent after each batch of changes leads every node to just what it would be sent at a
/// new start; nodes that are sent nothing have nothing to learn.
TEST_P(PartsHistory, DifferencesAddUpToTheWholePart) {
  auto settings = netctl::testing::usualSettings();
  settings.plan.tags.resize(12);
  Cloud cloud(settings);
  netctl::testing::RandomCommands commands(GetParam());
  const std::array<std::string, 4> nodes{"node0", "node1", "node2", settings.host.node_name};
  std::map<std::string, Part> parts;
  std::map<std::string, Cloud> clouds;
  for (const auto& node : nodes) {
    parts[node] = partOf(cloud, node);
    clouds.emplace(node, madeOf(parts[node], nodeSettings(cloud, node)));
  }
  std::size_t sent = 0;
  std::size_t spared = 0;
  for (int step = 0; step < kSteps; ++step) {
    for (std::uint32_t batch = 0; batch <= GetParam() % 3 * 4; ++batch) {
      (void)run(cloud, commands.next(cloud));
    }
    const auto changes = cloud.takeChanges();
    const auto differences = partDifferences(cloud, changes);
    sent += differences.size();
    spared += nodes.size() - differences.size();
    for (const auto& node : nodes) {
      const auto whole = partOf(cloud, node);
      ASSERT_TRUE(check(whole)) << check(whole).error().message;
      if (const auto at = differences.find(node); at != differences.end()) {
        apply(at->second, parts[node]);
        edit(clouds.at(node), at->second);
      }
      ASSERT_EQ(parts[node], whole) << "step " << step << " " << node;
      if (step % 20 == 0) {
        ASSERT_EQ(clouds.at(node), madeOf(whole, nodeSettings(cloud, node)))
            << "step " << step << " " << node;
      }
    }
    for (const auto& [node, difference] : differences) {
      ASSERT_NE(std::ranges::find(nodes, node), nodes.end()) << node;
      ASSERT_FALSE(difference.empty());
    }
  }
  EXPECT_GT(sent, 0U);
  EXPECT_GT(spared, sent) << "most changes concern few nodes";
}

INSTANTIATE_TEST_SUITE_P(Seeds, PartsHistory, ::testing::Range(0U, 6U));

}  // namespace
}  // namespace netctl::cloud
