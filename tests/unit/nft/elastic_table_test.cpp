#include "modes/nft/elastic_table.h"

#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>

namespace netctl::nft {
namespace {

using testing::address;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::prefix;

host::NatRules rules(unsigned kept) {
  host::NatRules rules{.subnet = prefix("172.16.0.0/16")};
  for (unsigned i = 0; i < kept; ++i) rules.kept.push_back({{0x0a000000U + (i << 8U)}, 24});
  return rules;
}

TEST(NatTable, ItsSealNamesTheRules) {
  for (const unsigned kept : {0U, 1U, 12U}) {
    EXPECT_EQ(parseNatSeal(natSeal(rules(kept))), rules(kept));
    auto counting = rules(kept);
    counting.counts_usage = true;
    EXPECT_EQ(parseNatSeal(natSeal(counting)), counting);
    auto with_own = rules(kept);
    for (unsigned i = 0; i < kept; ++i) with_own.own.push_back({0xcb007100U + i});
    EXPECT_EQ(parseNatSeal(natSeal(with_own)), with_own);
  }
}

TEST(NatTable, AnotherSealNamesNone) {
  EXPECT_EQ(parseNatSeal({}), std::nullopt);
  const auto whole = natSeal(rules(2));
  for (const auto& [key, comment] : whole) {
    auto seal = whole;
    seal.erase(key);
    EXPECT_EQ(parseNatSeal(seal), std::nullopt) << key;
    seal[key] = "10.9.0.0/16 x";
    EXPECT_EQ(parseNatSeal(seal), std::nullopt) << key;
    seal[key] = "nonsense";
    EXPECT_EQ(parseNatSeal(seal), std::nullopt) << key;
  }
}

TEST(NatTable, NamesNoIntervalWithinAnother) {
  host::NatRules rules{.subnet = prefix("172.16.0.0/16"), .kept = {prefix("172.16.0.0/12")}};
  EXPECT_THAT(natTable(rules), HasSubstr("{ 172.16.0.0/12 }"));
}

TEST(NatTable, AsksForSocketsOnlyWhereTheHostHasAnAddress) {
  auto rules = netctl::nft::rules(0);
  EXPECT_THAT(natTable(rules), Not(HasSubstr("socket")));
  rules.own = {address("192.0.2.1"), address("192.0.2.2")};
  EXPECT_THAT(natTable(rules), HasSubstr("ip daddr { 192.0.2.1, 192.0.2.2 } socket"));
}

TEST(NatTable, AStepIsAboutBothWays) {
  host::EditNat step;
  step.elastic = {{address("203.0.113.1"), {address("172.16.0.9"), address("172.16.0.10")}},
                  {address("203.0.113.2"), {{}, address("172.16.0.11")}}};
  EXPECT_EQ(keysOf(step),
            (NatKeys{{address("203.0.113.1"), address("203.0.113.2")},
                     {address("172.16.0.9"), address("172.16.0.10"), address("172.16.0.11")}}));
}

}  // namespace
}  // namespace netctl::nft
