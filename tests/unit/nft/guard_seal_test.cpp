#include "modes/nft/guard_seal.h"

#include <gtest/gtest.h>

namespace netctl::nft {
namespace {

using host::GuardRules;

TEST(RulesSeal, TellsTheRules) {
  for (const bool flag : {false, true}) {
    for (const auto& rules :
         {GuardRules{.shared_bridge = "br0", .ipv6 = flag, .parts_networks = !flag},
          GuardRules{.own_bridges = "eucabr", .mac_prefix = {{2, 0xaa}}, .ipv6 = flag},
          GuardRules{.shared_bridge = "br0", .parts_networks = true, .is_gateway = flag},
          GuardRules{.shared_bridge = "fifteen-letters",
          .own_bridges = "fifteen-letters",
          .parts_networks = true,
          .uplink = "fifteen-letters"}}) {
      const auto comment = rulesSeal(rules, flag);
      EXPECT_EQ(parseRulesSeal(comment, flag), rules);
      EXPECT_LT(comment.size(), 128U) << "nft takes no more";
    }
  }
}

TEST(RulesSeal, CoversTheMacsOfTheGateway) {
  const net::MacAddress mac{{2, 0, 0, 0, 0, 1}};
  const GuardRules rules{.shared_bridge = "br0", .parts_networks = true, .gateway_macs = {mac}};
  const auto comment = rulesSeal(rules, true);
  EXPECT_EQ(parseRulesSeal(comment, true, {mac}), rules);
  EXPECT_FALSE(parseRulesSeal(comment, true)) << "somebody has taken it out";
  EXPECT_FALSE(parseRulesSeal(comment, true, {mac, {{2, 0, 0, 0, 0, 2}}})) << "or put one in";
}

TEST(RulesSeal, OfOtherRulesIsNone) {
  const GuardRules rules{.shared_bridge = "br0"};
  auto comment = rulesSeal(rules, true);
  EXPECT_FALSE(parseRulesSeal(comment, false)) << "they are written otherwise for this kernel";
  EXPECT_FALSE(parseRulesSeal(comment + " more", true));
  EXPECT_FALSE(parseRulesSeal("", true));
  comment.back() = comment.back() == '0' ? '1' : '0';
  EXPECT_FALSE(parseRulesSeal(comment, true)) << "as another version would write them";
}

}  // namespace
}  // namespace netctl::nft
