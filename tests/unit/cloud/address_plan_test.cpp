#include "modes/cloud/address_plan.h"

#include "tests/support/example_cloud.h"

#include <gtest/gtest.h>

namespace netctl::cloud {
namespace {

using netctl::testing::address;
using netctl::testing::prefix;

AddressPlan planOf(const char* subnet, std::uint32_t size) {
  AddressPlan plan;
  plan.subnet = prefix(subnet);
  plan.network_size = size;
  for (std::uint16_t tag = 2; tag <= 4094; ++tag) plan.tags.push_back({tag});
  return plan;
}

TEST(AddressPlan, CountsNetworks) {
  EXPECT_EQ(planOf("192.168.0.0/16", 32).networks(), 2048U);
  EXPECT_EQ(planOf("10.0.0.0/8", 2048).networks(), 4093U);
  EXPECT_EQ(planOf("10.0.0.0/24", 256).networks(), 1U);
  EXPECT_EQ(planOf("0.0.0.0/0", 16).networks(), 4093U);
}

TEST(AddressPlan, CarvesTheSubnetAsEucalyptusDoes) {
  const auto plan = planOf("192.168.0.0/16", 32);
  EXPECT_EQ(plan.network({2}), prefix("192.168.0.0/27"));
  EXPECT_EQ(plan.network({10}), prefix("192.168.1.0/27"));
  EXPECT_EQ(plan.gateway({10}), address("192.168.1.1"));
  EXPECT_EQ(plan.host({10}, 9), address("192.168.1.9"));
  EXPECT_EQ(plan.lastHostIndex(), 30U);
  EXPECT_EQ(plan.network({2049}), prefix("192.168.255.224/27"));
  EXPECT_TRUE(plan.hasTag({2049}));
  EXPECT_FALSE(plan.hasTag({2050}));
  EXPECT_FALSE(plan.hasTag({1}));
}

TEST(AddressPlan, HasOnlyTheTagsOfItsList) {
  auto plan = planOf("192.168.0.0/16", 32);
  plan.tags = {{3}, {7}};
  EXPECT_TRUE(plan.hasTag({3}));
  EXPECT_FALSE(plan.hasTag({4}));
}

TEST(AddressPlan, ClustersShareEachNetworkWithoutGapOrOverlap) {
  for (const std::uint32_t size : {16U, 32U, 64U, 2048U}) {
    for (std::uint32_t clusters = 1; clusters <= 8; ++clusters) {
      auto plan = planOf("10.0.0.0/8", size);
      plan.clusters = clusters;
      std::uint32_t next = AddressPlan::kFirstHostIndex;
      for (plan.cluster_index = 0; plan.cluster_index < clusters; ++plan.cluster_index) {
        EXPECT_EQ(plan.firstOwnIndex(), next);
        EXPECT_EQ(plan.gateway({2}), address("10.0.0.1") + plan.cluster_index);
        next = plan.lastOwnIndex() + 1;
      }
      EXPECT_EQ(next, plan.lastHostIndex() + 1);
    }
  }
}

TEST(AddressPlan, LocatesWhatItPlaces) {
  const auto plan = planOf("172.16.0.0/20", 64);
  EXPECT_EQ(plan.locate(plan.host({5}, 17)), (AddressPlace{{5}, 17}));
  EXPECT_EQ(plan.locate(address("172.16.15.255")), (AddressPlace{{65}, 63}));
  EXPECT_FALSE(plan.locate(address("172.16.16.0")));
  EXPECT_FALSE(plan.locate(address("172.15.255.255")));
  // Past the last of 4093 networks, though still inside the subnet.
  EXPECT_FALSE(planOf("10.0.0.0/8", 16).locate(address("10.255.0.0")));
}

}  // namespace
}  // namespace netctl::cloud
