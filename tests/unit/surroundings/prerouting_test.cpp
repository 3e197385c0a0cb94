#include "netctl/surroundings/problems.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::surroundings {
namespace {

using kernel::NftRule;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Verdict = NftRule::Verdict;

net::Ipv4Prefix within(std::string_view text) {
  return net::parseIpv4Prefix(text).value();
}

Place clusterHost() {
  return {.routes = true,
          .serves_dhcp = true,
          .serves_metadata = true,
          .subnet = within("172.16.0.0/16"),
          .pool = {within("203.0.113.0/25")},
          .private_interface = "br0",
          .public_interface = "eth1"};
}

std::vector<std::string> named(const NftRule& rule, int priority = -300,
                               const Place& place = clusterHost()) {
  const PreroutingChain chain{"the chain", "early", false, priority, {{"early", {rule}}}};
  std::vector<std::string> what;
  for (const auto& problem : preroutingProblems({chain}, place)) {
    EXPECT_EQ(problem.object, "the chain");
    what.push_back(problem.what);
  }
  return what;
}

TEST(Prerouting, WhatDropsInstancesPacketsIsNamedByWhatTheyAre) {
  EXPECT_THAT(named({.verdict = Verdict::Drop}),
              UnorderedElementsAre(
                  "drops packets of instances: DHCP, metadata, pings of their gateway, what they "
                  "send, what comes for public addresses"));
  EXPECT_THAT(named({.conditions = {.source = within("172.16.0.0/12")}, .verdict = Verdict::Drop}),
              UnorderedElementsAre(
                  "drops packets of instances: metadata, pings of their gateway, what they send"));
  EXPECT_THAT(named({.conditions = {.destination = within("203.0.113.0/24"), .in = "eth*"},
                     .verdict = Verdict::Drop}),
              UnorderedElementsAre("drops packets of instances: what comes for public addresses"));
}

TEST(Prerouting, WhatDivertsThemIsNamedUnlessOurTranslationComesFirst) {
  EXPECT_THAT(named({.conditions = {.in = "br0"},
                     .payload = {.protocols = {6}, .ports = {80, 80}},
                     .verdict = Verdict::Diverts}),
              UnorderedElementsAre("diverts packets of instances: metadata"));
  const NftRule to_public{.conditions = {.in = "eth1"}, .verdict = Verdict::Diverts};
  EXPECT_THAT(
      named(to_public, -150),
      UnorderedElementsAre("diverts packets of instances: what comes for public addresses"));
  EXPECT_THAT(named(to_public, -100), IsEmpty());
}

TEST(Prerouting, WhatConcernsOthersOrMayDoSoIsNotNamed) {
  EXPECT_THAT(named({.conditions = {.in = "docker0"}, .verdict = Verdict::Drop}), IsEmpty());
  EXPECT_THAT(named({.has_more_conditions = true, .verdict = Verdict::Drop}), IsEmpty());
  EXPECT_THAT(named({.has_more_conditions = true, .verdict = Verdict::Diverts}), IsEmpty());
  EXPECT_THAT(named({.conditions = {.source = within("172.16.7.9/32")}, .verdict = Verdict::Drop}),
              IsEmpty())
      << "a single instance may be meant so";
  EXPECT_THAT(named({.verdict = Verdict::Drop}, -300, {}), IsEmpty()) << "not a gateway";
}

TEST(Prerouting, CalledChainsAreFollowed) {
  const PreroutingChain chain{
      "the chain",
      "early",
      false,
      0,
      {{"early", {{.verdict = Verdict::Jump, .target = "site"}}},
       {"site", {{.conditions = {.in = "br0"}, .verdict = Verdict::Drop}}}}};
  EXPECT_THAT(preroutingProblems({chain}, clusterHost()),
              UnorderedElementsAre(Field(&Problem::object, "the chain")));
}

}  // namespace
}  // namespace netctl::surroundings
