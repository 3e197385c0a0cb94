#include "base/nearest_name.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace netctl {
namespace {

constexpr std::array<std::string_view, 3> kNames{"VNET_SUBNET", "VNET_DNS", "VNET_NETMASK"};

TEST(NearestName, TheOneThatTakesTheFewestChanges) {
  EXPECT_EQ(nearestName("VNET_SUBNETT", kNames, 2), "VNET_SUBNET");
  EXPECT_EQ(nearestName("VNET_DSN", kNames, 2), "VNET_DNS");
  EXPECT_EQ(nearestName("VNT_NTMASK", kNames, 2), "VNET_NETMASK");
}

TEST(NearestName, CaseIsNotAChange) {
  EXPECT_EQ(nearestName("vnet_dns", kNames, 0), "VNET_DNS");
}

TEST(NearestName, NoneWhereAllAreTooFar) {
  EXPECT_EQ(nearestName("VNET_SUB", kNames, 2), std::nullopt);
  EXPECT_EQ(nearestName("", kNames, 3), std::nullopt);
  EXPECT_EQ(nearestName("VNET_DNS", {}, 3), std::nullopt);
}

TEST(NearestName, ANameLongerThan64BytesIsNotASlip) {
  const std::array<std::string_view, 1> name{kNames[0]};
  EXPECT_EQ(nearestName(std::string(65, 'V'), name, 100), std::nullopt);
}

TEST(NearestName, TheFirstOfSeveral) {
  constexpr std::array<std::string_view, 2> kPair{"abc", "abd"};
  EXPECT_EQ(nearestName("abe", kPair, 1), "abc");
}

TEST(DidYouMean, FindsASlipOfTheFingers) {
  const std::vector<std::string_view> names{"owner", "group", "permissions"};
  EXPECT_EQ(didYouMean("ower", names, "no"), "did you mean 'owner'?");
  EXPECT_EQ(didYouMean("gruop", names, "no"), "did you mean 'group'?");
  EXPECT_EQ(didYouMean("permision", names, "no"), "did you mean 'permissions'?");
}

TEST(DidYouMean, FindsNothingForAnotherWord) {
  const std::vector<std::string_view> names{"owner", "group"};
  EXPECT_EQ(didYouMean("surprise", names, "no"), "no");
  EXPECT_EQ(didYouMean("x", names, "no"), "no");
  EXPECT_EQ(didYouMean("", names, "no"), "no");
  EXPECT_EQ(didYouMean(std::string(100000, 'o'), names, "no"), "no");
}

}  // namespace
}  // namespace netctl
