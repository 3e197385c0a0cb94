#include "netctl/surroundings/problems.h"

#include "netctl/surroundings/interface_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::surroundings {
namespace {

using controller::Severity;
using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

net::Ipv4Prefix prefix(std::string_view text) {
  return net::parseIpv4Prefix(text).value();
}

/// A cluster host with instances of its own.
Place gateway() {
  return {.routes = true,
          .has_instances = true,
          .needs_the_time = true,
          .subnet = prefix("172.16.0.0/16"),
          .private_interface = "br0",
          .public_interface = "eth1",
          .bridge = "br0"};
}

Place node() {
  return {.has_instances = true, .bridge = "br0"};
}

/// Docker's, as it comes.
kernel::ForwardChain dropping() {
  return {"ip", "filter", "FORWARD", true, {{.in = "docker0", .out = "docker0"}}};
}

TEST(ForwardChains, ThatDropTheRestAreNamedWithARemedy) {
  const auto problems = forwardChainProblems({dropping()}, gateway());
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].object, "nft chain ip filter FORWARD");
  EXPECT_THAT(problems[0].remedy, HasSubstr("iptables-nft -I FORWARD -s 172.16.0.0/16 -j ACCEPT"));
  const kernel::ForwardChain firewalld{"inet", "firewalld", "filter_FORWARD", true};
  EXPECT_THAT(
      forwardChainProblems({firewalld}, gateway()).at(0).remedy,
      HasSubstr("nft insert rule inet firewalld filter_FORWARD ip daddr 172.16.0.0/16 acc"));
}

TEST(ForwardChains, ThatLetInstancesThroughAreNoProblem) {
  auto accepting = dropping();
  accepting.drops_rest = false;
  EXPECT_THAT(forwardChainProblems({accepting}, gateway()), IsEmpty());

  auto chain = dropping();
  chain.accepts.push_back({.source = prefix("172.16.0.0/12")});
  EXPECT_THAT(forwardChainProblems({chain}, gateway()), SizeIs(1)) << "one direction is not enough";
  chain.accepts.push_back({.destination = prefix("172.16.0.0/16")});
  EXPECT_THAT(forwardChainProblems({chain}, gateway()), IsEmpty());

  chain.accepts = {{.in = "br0"}, {.out = "br*"}};
  EXPECT_THAT(forwardChainProblems({chain}, gateway()), IsEmpty());
  chain.accepts = {{.in = "br0", .out = "br0"}};
  EXPECT_THAT(forwardChainProblems({chain}, gateway()), SizeIs(1));
  chain.accepts = {{.source = prefix("172.16.7.0/24")}, {.destination = prefix("172.16.7.0/24")}};
  EXPECT_THAT(forwardChainProblems({chain}, gateway()), SizeIs(1)) << "only some of them";
}

TEST(ForwardChains, OfBridgesMatterWhereInstancesAre) {
  const kernel::ForwardChain bridged{"bridge", "filter", "FORWARD", true};
  EXPECT_THAT(forwardChainProblems({bridged, dropping()}, node()), SizeIs(1));
  auto cluster = gateway();
  cluster.has_instances = false;
  EXPECT_THAT(forwardChainProblems({bridged}, cluster), IsEmpty());
}

TEST(Rules, ThatDecideAboutInstancesAreNamed) {
  const auto problems = ruleProblems(
      {{{.source = prefix("172.16.0.0/12"), .verdict = "ACCEPT"}, {.verdict = "DROP"}}, {}},
      gateway());
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_EQ(problems[0].what, "has -s 172.16.0.0/12 ... -j ACCEPT before netctl's jump");
  EXPECT_THAT(problems[0].consequence, HasSubstr("pass whatever the instances' groups permit"));
  EXPECT_THAT(problems[1].consequence, HasSubstr("end there (DROP)"));
  EXPECT_THAT(ruleProblems({{{.verdict = "DROP"}}, {}}, node()), IsEmpty());
}

TEST(Rules, ThatCannotMeetInstancesOrDecideNothingAreLeftAlone) {
  const std::vector<kernel::RuleHead> harmless{
      {.in = "docker0", .out = "docker0", .verdict = "ACCEPT"},
      {.source = prefix("10.1.0.0/16"), .destination = prefix("10.0.0.0/8"), .verdict = "DROP"},
      {.source = prefix("172.16.0.0/16"),
       .destination = prefix("10.0.0.0/8"),
       .in = "eth2",
       .verdict = "DROP"},
      {.verdict = "CONNMARK"},
      {.verdict = "RETURN"},
      {.verdict = ""}};
  EXPECT_THAT(ruleProblems({harmless, {}}, gateway()), IsEmpty());
  EXPECT_THAT(ruleProblems({{{.in = "docker0", .verdict = "ACCEPT"}}, {}}, gateway()), SizeIs(1))
      << "it lets docker0 reach instances";
}

TEST(Rules, AreFollowedIntoTheChainsThatTheyCall) {
  RulesBeforeOurs before{
      {{.verdict = "DOCKER-USER"}, {.verdict = "DOCKER-ISOLATION"}},
      {{"DOCKER-USER", {{.verdict = "RETURN"}}},
       {"DOCKER-ISOLATION",
        {{.in = "docker0", .out = "docker0", .verdict = "STAGE-2"}, {.verdict = "RETURN"}}},
       {"STAGE-2", {{.verdict = "DROP"}}}}};
  EXPECT_THAT(ruleProblems(before, gateway()), IsEmpty()) << "Docker's own, as they come";
  before.chains["DOCKER-USER"].insert(before.chains["DOCKER-USER"].begin(), {.verdict = "LOOP"});
  before.chains["LOOP"] = {{.verdict = "DOCKER-USER"}, {.verdict = "REJECT"}};
  const auto problems = ruleProblems(before, gateway());
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].what, "has ... -j DOCKER-USER before netctl's jump");
  EXPECT_THAT(problems[0].consequence, HasSubstr("(REJECT)"));
}

TEST(Untracking, IsNamedOnceForEachChainWhereItMeetsInstances) {
  const auto meets = [](UntrackingRule rule) {
    return !untrackingProblems({std::move(rule)}, gateway()).empty();
  };
  const std::string raw = "iptables chain PREROUTING of raw";
  EXPECT_TRUE(meets({raw}));
  EXPECT_TRUE(meets({raw, prefix("172.16.0.0/12"), {}, "br0"}));
  EXPECT_TRUE(meets({raw, {}, prefix("172.16.7.0/24"), "eth1"}));
  EXPECT_FALSE(meets({raw, {}, {}, "lo"}));
  EXPECT_FALSE(meets({raw, {}, prefix("203.0.113.0/24"), "eth1"})) << "to somebody else";
  EXPECT_FALSE(meets({raw, prefix("10.0.0.0/8"), prefix("10.0.0.0/8"), ""}));
  EXPECT_THAT(untrackingProblems({{raw}, {raw}}, gateway()), SizeIs(1));
  EXPECT_THAT(untrackingProblems({{raw}}, node()), IsEmpty());
}

TEST(Routing, NamesADefaultRouteThatIsMissingOrElsewhere) {
  Surroundings seen;
  EXPECT_EQ(routingProblems(seen, gateway()).at(0).what, "is not there");
  seen.default_routes = {{"eth2", 100}, {"eth1", 50}};
  EXPECT_THAT(routingProblems(seen, gateway()), IsEmpty());
  seen.default_routes = {{"eth2", 10}, {"eth1", 50}};
  EXPECT_EQ(routingProblems(seen, gateway()).at(0).what,
            "leaves by eth2, and VNET_PUBINTERFACE is eth1");
  EXPECT_THAT(routingProblems(seen, node()), IsEmpty());
}

TEST(Routing, NamesAStrictReversePathFilter) {
  Surroundings seen{.rp_filter = {{"eth1", 1}, {"br0", 2}}, .default_routes = {{"eth1", 0}}};
  auto problems = routingProblems(seen, gateway());
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].object, "interface eth1");
  EXPECT_EQ(problems[0].severity, Severity::notice) << "all ways are the same";
  seen.default_routes = {{"eth2", 0}};
  problems = routingProblems(seen, gateway());
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_EQ(problems[1].severity, Severity::warning);
  EXPECT_EQ(problems[1].remedy, "sysctl -w net.ipv4.conf.eth1.rp_filter=2, and in sysctl.d");
}

TEST(Bridges, WithADelayAreNamed) {
  using std::chrono::seconds;
  const auto problems = bridgeProblems({{"br0", seconds(15)}, {"br9", seconds(15)}}, node());
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].consequence, HasSubstr("for its first 30 s"));
  EXPECT_THAT(bridgeProblems({{"br0", seconds(0)}}, node()), IsEmpty());
}

TEST(Tables, ThatAreNearlyFullAreNamedOnce) {
  EXPECT_THAT(fillingProblems({79, 100}, {0, 0}), IsEmpty());
  const auto at_first = fillingProblems({80, 100}, {1000, 1024});
  ASSERT_THAT(at_first, SizeIs(2));
  EXPECT_THAT(at_first[0].consequence, HasSubstr("80 of 100 entries"));
  EXPECT_EQ(fillingProblems({99, 100}, {}).at(0).what, at_first[0].what)
      << "what changes is no other problem";
}

TEST(Time, NamesTheClockAndCertificatesThatEndSoon) {
  using std::chrono::hours;
  const auto now = std::chrono::system_clock::from_time_t(1'800'000'000);
  EXPECT_THAT(timeProblems(false, {}, gateway(), now), SizeIs(1));
  EXPECT_THAT(timeProblems(false, {}, node(), now), IsEmpty()) << "nothing here needs it";
  const std::vector<Certificate> certificates{{"NETCTL_EC2_CERT", "/a", now + hours(31 * 24)},
                                              {"NETCTL_TLS_CERT", "/b", now + hours(29 * 24)},
                                              {"NETCTL_TLS_CA", "/c", now - hours(1)}};
  const auto problems = timeProblems(true, certificates, gateway(), now);
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_THAT(problems[0], AllOf(Field(&Problem::object, "certificate /b"),
                                 Field(&Problem::severity, Severity::warning)));
  EXPECT_THAT(problems[1], AllOf(Field(&Problem::what, "has ended"),
                                 Field(&Problem::severity, Severity::error)));
}

TEST(InterfacePattern, MeetsNamesAndTheirBeginnings) {
  EXPECT_TRUE(mayBeSame("", "br0"));
  EXPECT_TRUE(mayBeSame("eucabr+", "eucabr7"));
  EXPECT_TRUE(mayBeSame("eucabr7", "eucabr+"));
  EXPECT_TRUE(mayBeSame("e*", "eucabr+"));
  EXPECT_FALSE(mayBeSame("br0", "br01"));
  EXPECT_FALSE(mayBeSame("docker*", "eucabr+"));
  EXPECT_TRUE(covers("", "br0"));
  EXPECT_TRUE(covers("br*", "br0"));
  EXPECT_TRUE(covers("eucabr*", "eucabr+"));
  EXPECT_FALSE(covers("eucabr7", "eucabr+"));
}

}  // namespace
}  // namespace netctl::surroundings
