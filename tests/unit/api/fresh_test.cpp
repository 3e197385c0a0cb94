#include "netctl/api/fresh.h"

#include "modes/cloud/text_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace netctl::api {
namespace {

using ::testing::MatchesRegex;

TEST(Fresh, HasTheFormsOfTheCloud) {
  const auto fresh = drawFresh();
  EXPECT_TRUE(cloud::isAccountId(fresh.account.value)) << fresh.account.value;
  EXPECT_TRUE(cloud::isGroupId(fresh.group.value)) << fresh.group.value;
  EXPECT_TRUE(cloud::isKeyPairId(fresh.key_pair.value)) << fresh.key_pair.value;
  EXPECT_TRUE(cloud::isPrefixListId(fresh.prefix_list.value)) << fresh.prefix_list.value;
  EXPECT_THAT(fresh.key_id, MatchesRegex("AKI[A-Z0-9]{17}"));
  EXPECT_THAT(fresh.secret, MatchesRegex("[A-Za-z0-9+/]{40}"));
}

TEST(Fresh, IsDrawnAnew) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(drawFresh().secret);
  EXPECT_EQ(seen.size(), 100U);
}

}  // namespace
}  // namespace netctl::api
