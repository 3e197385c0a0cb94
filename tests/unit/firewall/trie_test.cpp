#include "modes/firewall/trie.h"

#include "tests/support/example_cloud.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

namespace netctl::firewall {
namespace {

using Chains = std::map<std::string, host::Chain>;

TrieLeaf leaf(const std::string& prefix) {
  return {testing::prefix(prefix), host::Goto{prefix}};
}

Chains make(const std::vector<std::string>& prefixes) {
  std::vector<TrieLeaf> leaves;
  for (const auto& prefix : prefixes) leaves.push_back(leaf(prefix));
  return makeTrie("NC_T", std::move(leaves));
}

/// The leaf that a packet to the address meets, after how many rules.
struct Met {
  std::string leaf;
  unsigned rules = 0;
};
Met meet(const Chains& chains, net::Ipv4Address address) {
  Met met;
  std::string name = "NC_T";
  while (chains.contains(name)) {
    const auto& chain = chains.at(name);
    const auto hit = std::ranges::find_if(chain, [&](const host::Rule& rule) {
      ++met.rules;
      return (address.value & rule.destination->mask.value) == rule.destination->value.value;
    });
    if (hit == chain.end()) return {"", met.rules};
    name = std::get<host::Goto>(hit->target).chain;
  }
  met.leaf = name;
  return met;
}

TEST(Trie, WithoutLeavesIsAnEmptyChain) {
  EXPECT_EQ(make({}), (Chains{{"NC_T", {}}}));
}

TEST(Trie, OfOneLeafIsOneRule) {
  const auto chains = make({"10.0.0.32/27"});
  ASSERT_EQ(chains.size(), 1U);
  ASSERT_EQ(chains.at("NC_T").size(), 1U);
  EXPECT_EQ(host::format(chains.at("NC_T")[0]), "-d 10.0.0.32/27 -g 10.0.0.32/27");
}

TEST(Trie, LooksAtTheFirstFourBitsThatDiffer) {
  const auto chains = make({"10.0.0.1/32", "10.0.0.2/32", "10.0.5.1/32"});
  ASSERT_EQ(chains.size(), 2U);
  EXPECT_EQ(host::format(chains.at("NC_T")[0]), "-d 0.0.0.0/0.0.15.0 -g NC_T_0a0000");
  EXPECT_EQ(host::format(chains.at("NC_T")[1]), "-d 10.0.5.1/32 -g 10.0.5.1/32");
}

TEST(Trie, PrefersTheLongestPrefix) {
  const auto chains = make(
      {"10.0.0.0/26", "10.0.0.0/28", "10.0.0.5/32", "10.0.0.7/32", "10.0.0.20/32", "10.0.0.16/29"});
  for (const auto& [address, leaf] : {std::pair{"10.0.0.5", "10.0.0.5/32"},
                                      {"10.0.0.6", "10.0.0.0/28"},
                                      {"10.0.0.20", "10.0.0.20/32"},
                                      {"10.0.0.21", "10.0.0.16/29"},
                                      {"10.0.0.24", "10.0.0.0/26"},
                                      {"10.0.0.63", "10.0.0.0/26"},
                                      {"10.0.0.64", ""},
                                      {"11.0.0.5", ""}}) {
    EXPECT_EQ(meet(chains, testing::address(address)).leaf, leaf) << address;
  }
}

TEST(Trie, AgreesWithAListOfPrefixes) {
  std::mt19937 random(5);
  for (int round = 0; round < 400; ++round) {
    std::set<net::Ipv4Prefix> prefixes;
    const auto spread = static_cast<unsigned>(random() % 3 + 1) * 5;
    for (auto count = random() % 40; count > 0; --count) {
      const auto length = static_cast<std::uint8_t>(random() % 2 == 0 ? 32 : 20 + random() % 13);
      const auto value = 0x0a000000U | static_cast<std::uint32_t>(random() % (1U << spread));
      prefixes.insert(net::prefixOf({value}, length));
    }
    std::vector<std::string> texts;
    for (const auto& prefix : prefixes) texts.push_back(net::format(prefix));
    std::ranges::shuffle(texts, random);
    const auto chains = make(texts);
    for (int i = 0; i < 100; ++i) {
      const net::Ipv4Address address{0x0a000000U |
                                     static_cast<std::uint32_t>(random() % (1U << spread))};
      std::optional<net::Ipv4Prefix> best;
      for (const auto& prefix : prefixes) {
        if (prefix.contains(address) && (!best || prefix.length > best->length)) best = prefix;
      }
      ASSERT_EQ(meet(chains, address).leaf, best ? net::format(*best) : "")
          << net::format(address) << " round " << round;
    }
  }
}

TEST(Trie, AsksNoMoreOfManyLeavesThanOfFew) {
  std::vector<std::string> leaves;
  for (int i = 0; i < 4096; ++i) leaves.push_back(fmt::format("10.0.{}.{}/32", i / 256, i % 256));
  const auto chains = make(leaves);
  unsigned worst = 0;
  for (int i = 0; i < 4096; ++i) {
    const auto met = meet(chains, {0x0a000000U + static_cast<std::uint32_t>(i)});
    ASSERT_FALSE(met.leaf.empty());
    worst = std::max(worst, met.rules);
  }
  EXPECT_LE(worst, 3U * 16);
  for (const auto& [name, chain] : chains) EXPECT_LE(name.size(), 28U);
}

}  // namespace
}  // namespace netctl::firewall
