#include "netctl/kernel/iptables/chain_edit.h"

#include <gtest/gtest.h>

#include <random>

namespace netctl::kernel {
namespace {

using host::Chain;
using host::Rule;

Rule rule(std::uint32_t number) {
  return {.source = host::matchOf(net::Ipv4Address{number})};
}

Chain chain(std::initializer_list<std::uint32_t> numbers) {
  Chain rules;
  for (const auto number : numbers) rules.push_back(rule(number));
  return rules;
}

Chain edited(Chain rules, const Chain& to, const std::vector<ChainEdit>& edits) {
  for (const auto& edit : edits) {
    const auto at = rules.begin() + static_cast<std::ptrdiff_t>(edit.at);
    if (edit.kind == ChainEdit::Kind::Remove) {
      rules.erase(at);
    } else {
      rules.insert(at, to.at(edit.rule));
    }
  }
  return rules;
}

TEST(ChainEdits, AreNoneBetweenEqualChains) {
  EXPECT_TRUE(editsBetween(chain({1, 2, 3}), chain({1, 2, 3})).empty());
  EXPECT_TRUE(editsBetween({}, {}).empty());
}

TEST(ChainEdits, TouchOnlyWhatDiffers) {
  EXPECT_EQ(editsBetween(chain({1, 2, 3, 4}), chain({1, 9, 3, 4})).size(), 2U);
  EXPECT_EQ(editsBetween(chain({1, 2, 3, 4}), chain({1, 2, 3, 4, 5})).size(), 1U);
  EXPECT_EQ(editsBetween(chain({1, 2, 3, 4}), chain({0, 1, 2, 3, 4})).size(), 1U);
  EXPECT_EQ(editsBetween(chain({1, 2, 3, 4, 5, 6}), chain({2, 3, 7, 5, 8, 6})).size(), 4U);
}

TEST(ChainEdits, LeadFromAnyChainToAnyOther) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    Chain from(random() % 12);
    Chain to(random() % 12);
    for (auto& each : from) each = rule(random() % 6);
    for (auto& each : to) each = rule(random() % 6);
    EXPECT_EQ(edited(from, to, editsBetween(from, to)), to);
  }
}

TEST(ChainEdits, StayCheapWhereVeryMuchDiffers) {
  Chain from{rule(1)};
  Chain to{rule(1)};
  for (std::uint32_t i = 0; i < 3000; ++i) {
    from.push_back(rule(10000 + i));
    to.push_back(rule(20000 + i));
  }
  const auto edits = editsBetween(from, to);
  EXPECT_EQ(edits.size(), 6000U);
  EXPECT_EQ(edited(from, to, edits), to);
}

}  // namespace
}  // namespace netctl::kernel
