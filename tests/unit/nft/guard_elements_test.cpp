#include "modes/nft/guard_elements.h"

#include "base/hash.h"

#include <gtest/gtest.h>

namespace netctl::nft {
namespace {

using host::Guard;
using host::GuardRules;

constexpr net::MacAddress kMac{{0xd0, 0x0d, 0, 0, 0, 1}};

TEST(GuardComment, SaysAllOfTheGuard) {
  for (const auto& guard : {Guard{kMac, net::Ipv4Address{0x0a050001}, net::Tag{4094}}, Guard{kMac},
                            Guard{kMac, {}, net::Tag{2}}, Guard{kMac, net::Ipv4Address{0}, {}}}) {
    EXPECT_EQ(parseGuard(guardComment(guard)), guard);
    EXPECT_EQ(portElements("vnet1", guard).front().said, guard);
    EXPECT_EQ(unseenElements(guard).front().said, guard);
  }
}

TEST(GuardComment, OfSomebodyElseIsNone) {
  for (const auto* comment :
       {"", "web server", "d0:0d:00:00:00:01", "d0:0d:00:00:00:01 10.5.0.1", "d0:0d 10.5.0.1 5",
        "d0:0d:00:00:00:01 10.5.0 5", "d0:0d:00:00:00:01 10.5.0.1 red",
        "d0:0d:00:00:00:01 10.5.0.1 5x", "d0:0d:00:00:00:01 10.5.0.1 99999999",
        "d0:0d:00:00:00:01 10.5.0.1 5 6"}) {
    EXPECT_FALSE(parseGuard(comment)) << comment;
  }
}

TEST(RulesSeal, TellsTheRules) {
  for (const bool flag : {false, true}) {
    for (const auto& rules :
         {GuardRules{.shared_bridge = "br0", .ipv6 = flag, .parts_networks = !flag},
          GuardRules{.own_bridges = "eucabr", .mac_prefix = {{2, 0xaa}}, .ipv6 = flag},
          GuardRules{.shared_bridge = "fifteen-letters", .own_bridges = "fifteen-letters"}}) {
      const auto comment = rulesSeal(rules, flag);
      EXPECT_EQ(parseRulesSeal(comment, flag), rules);
      EXPECT_LT(comment.size(), 128U) << "nft takes no more";
    }
  }
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

TEST(Fingerprint, IsFnv) {
  EXPECT_EQ(fingerprint(""), 0xcbf29ce484222325U);
  EXPECT_EQ(fingerprint("foobar"), 0x85944171f73967e8U);
}

}  // namespace
}  // namespace netctl::nft
