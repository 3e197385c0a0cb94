#include "modes/cloud/public_pool.h"

#include "tests/support/example_cloud.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace netctl::cloud {
namespace {

using netctl::testing::address;
using netctl::testing::prefix;

std::vector<std::string> ranges(const PublicPool& pool) {
  std::vector<std::string> result;
  for (const auto& [first, last] : pool.ranges()) {
    result.push_back(net::format(first) + "-" + net::format(last));
  }
  return result;
}

TEST(PublicPool, MergesWhatOverlapsOrTouches) {
  PublicPool pool;
  pool.add({address("192.0.2.10"), address("192.0.2.20")});
  pool.add({address("192.0.2.30"), address("192.0.2.40")});
  pool.add({address("192.0.2.41"), address("192.0.2.41")});
  EXPECT_EQ(ranges(pool),
            (std::vector<std::string>{"192.0.2.10-192.0.2.20", "192.0.2.30-192.0.2.41"}));
  pool.add({address("192.0.2.15"), address("192.0.2.29")});
  EXPECT_EQ(ranges(pool), std::vector<std::string>{"192.0.2.10-192.0.2.41"});
  EXPECT_EQ(pool.size(), 32U);
}

TEST(PublicPool, RemovesOutOfTheMiddle) {
  PublicPool pool;
  pool.add({address("192.0.2.0"), address("192.0.2.255")});
  pool.remove({address("192.0.2.10"), address("192.0.2.19")});
  pool.remove({address("203.0.113.1"), address("203.0.113.1")});
  EXPECT_EQ(ranges(pool),
            (std::vector<std::string>{"192.0.2.0-192.0.2.9", "192.0.2.20-192.0.2.255"}));
  EXPECT_TRUE(pool.contains(address("192.0.2.9")));
  EXPECT_FALSE(pool.contains(address("192.0.2.10")));
  EXPECT_FALSE(pool.overlaps(prefix("192.0.2.12/30")));
  EXPECT_TRUE(pool.overlaps(prefix("192.0.2.16/29")));
  EXPECT_TRUE(pool.overlaps(prefix("0.0.0.0/0")));
}

TEST(PublicPool, HoldsTheWholeAddressSpace) {
  PublicPool pool;
  pool.add({address("0.0.0.0"), address("255.255.255.255")});
  EXPECT_EQ(pool.size(), std::uint64_t{1} << 32U);
  EXPECT_EQ(pool.prefixes(), std::vector{prefix("0.0.0.0/0")});
  pool.remove({address("255.255.255.255"), address("255.255.255.255")});
  pool.remove({address("0.0.0.0"), address("0.0.0.0")});
  EXPECT_EQ(ranges(pool), std::vector<std::string>{"0.0.0.1-255.255.255.254"});
  EXPECT_EQ(pool.prefixes().size(), 62U);
}

TEST(PublicPool, PrefixesAreTheFewestThatHoldItExactly) {
  PublicPool pool;
  pool.add({address("192.0.2.1"), address("192.0.2.8")});
  EXPECT_EQ(pool.prefixes(), (std::vector{prefix("192.0.2.1/32"), prefix("192.0.2.2/31"),
                                          prefix("192.0.2.4/30"), prefix("192.0.2.8/32")}));
}

TEST(PublicPool, EqualsASetOfAddresses) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    PublicPool pool;
    std::set<std::uint32_t> model;
    for (int i = 0; i < 30; ++i) {
      const auto first = static_cast<std::uint32_t>(random() % 100);
      const auto last = static_cast<std::uint32_t>(first + random() % 10);
      const bool add = random() % 3 != 0;
      if (add) {
        pool.add({{first}, {last}});
      } else {
        pool.remove({{first}, {last}});
      }
      for (auto value = first; value <= last; ++value) {
        if (add) {
          model.insert(value);
        } else {
          model.erase(value);
        }
      }
    }
    ASSERT_EQ(pool.size(), model.size());
    for (std::uint32_t value = 0; value < 120; ++value) {
      ASSERT_EQ(pool.contains({value}), model.contains(value));
    }
    std::set<std::uint32_t> of_prefixes;
    for (const auto& block : pool.prefixes()) {
      for (std::uint64_t i = 0; i < block.size(); ++i) {
        of_prefixes.insert(block.address.value + static_cast<std::uint32_t>(i));
      }
    }
    ASSERT_EQ(of_prefixes, model);
    for (std::size_t i = 1; i < pool.ranges().size(); ++i) {
      ASSERT_GT(pool.ranges()[i].first.value, pool.ranges()[i - 1].last.value + 1);
    }
  }
}

}  // namespace
}  // namespace netctl::cloud
