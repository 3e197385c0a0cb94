#include "netctl/controller/forward_problems.h"
#include "netctl/controller/problem_list.h"
#include "tests/unit/controller/fixture.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace netctl::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Problem problem(std::string object, Severity severity, std::string consequence = {}) {
  return {std::move(object), "is not there", std::move(consequence), "make it", severity};
}

/// Object and message of each event.
std::vector<std::pair<std::string, std::string>> said(const EventLog& events) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const auto& event : events.since(0, 100)) lines.emplace_back(event.object, event.message);
  return lines;
}

TEST(Problems, BeginAndEndWithAnEvent) {
  EventLog events;
  ProblemList list;
  list.replace("links", {problem("eth1", Severity::error)}, events);
  EXPECT_THAT(said(events), ElementsAre(Pair("eth1", "problem: is not there")));
  EXPECT_EQ(events.since(0, 1).front().kind, EventKind::Error);

  // Its consequence is news, but not another problem.
  list.replace("links", {problem("eth1", Severity::error, "more and more")}, events);
  EXPECT_EQ(events.last(), 1U);
  EXPECT_EQ(list.all().front().consequence, "more and more");

  list.replace("links", {}, events);
  EXPECT_THAT(list.all(), IsEmpty());
  EXPECT_THAT(said(events), ElementsAre(Pair("eth1", "problem: is not there"),
                                        Pair("eth1", "problem ended: is not there")));
}

TEST(Problems, OfOneFinderLeaveThoseOfAnother) {
  EventLog events;
  ProblemList list;
  list.replace("links", {problem("eth1", Severity::notice)}, events);
  list.replace("rules", {problem("eth2", Severity::error)}, events);
  ASSERT_EQ(list.all().size(), 2U);
  EXPECT_EQ(list.all().front().object, "eth2") << "the worst first";
  list.replace("rules", {}, events);
  EXPECT_THAT(list.all(), ElementsAre(problem("eth1", Severity::notice)));
}

TEST(Problems, AreForwardsThatTheHostStandsInTheWayOf) {
  cloud::Cloud cloud(netctl::testing::smallSettings());
  const auto own = netctl::testing::address("192.0.2.1");
  cloud::Forward forward{.address = own,
                         .protocol = net::kTcp,
                         .ports = {8000, 8009},
                         .owner = {"000000000001"},
                         .instance = netctl::testing::instance("i-00000001"),
                         .instance_port = 80};
  cloud.put(forward);
  EXPECT_THAT(forwardProblems(cloud, {{net::kTcp, {}, 8010},
                                      {net::kUdp, {}, 8000},
                                      {net::kTcp, netctl::testing::address("127.0.0.1"), 8000}}),
              IsEmpty());
  const auto found = forwardProblems(cloud, {{net::kTcp, {}, 8005}, {net::kTcp, own, 8006}});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].object, "forward 192.0.2.1 tcp 8000-8009");
  EXPECT_EQ(found[0].what, "a program of this host listens at tcp port 8005");
  EXPECT_EQ(found[1].what, "a program of this host listens at tcp port 8006");
  // The host has lost the address.
  auto settings = cloud.settings();
  settings.host.public_addresses.clear();
  const auto moved = cloud.withSettings(settings);
  ASSERT_EQ(forwardProblems(moved, {}).size(), 1U);
  EXPECT_EQ(forwardProblems(moved, {})[0].severity, Severity::error);
  // An account's address: the host's sockets are not asked.
  cloud.put(cloud::Address{.address = own, .owner = {"000000000001"}});
  EXPECT_THAT(forwardProblems(cloud, {{net::kTcp, {}, 8005}}), IsEmpty());
}

TEST(Problems, AreCountedBySeverity) {
  const auto text = metricsText({problem("a", Severity::warning), problem("b", Severity::warning),
                                 problem("c", Severity::error)});
  EXPECT_THAT(text, ::testing::EndsWith("netctl_problems{severity=\"notice\"} 0\n"
                                        "netctl_problems{severity=\"warning\"} 2\n"
                                        "netctl_problems{severity=\"error\"} 1\n"));
}

TEST_F(ControllerTest, WhatIsNotInForceIsAnEventAndUnhealthy) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  host_.fault = [](const host::Step& step) {
    return std::holds_alternative<host::OpenPort>(step.action);
  };
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  const auto messagesOfPort = [&] {
    std::vector<std::string> messages;
    read([&](const View& view) {
      for (const auto& [object, message] : said(view.events)) {
        if (object == "port vnet0") messages.push_back(message);
      }
    });
    return messages;
  };
  read([](const View& view) {
    EXPECT_FALSE(isHealthy(view.status));
    EXPECT_THAT(unhealthyText(view.status), ::testing::HasSubstr("not in force: port vnet0: "));
  });
  EXPECT_THAT(messagesOfPort(), ElementsAre(::testing::StartsWith("not in force: ")));

  host_.fault = {};
  ASSERT_TRUE(runUntil([&] { return host_.state.ports.contains("vnet0"); }));
  EXPECT_THAT(messagesOfPort(), ElementsAre(::testing::StartsWith("not in force: "), "in force"));
  read([](const View& view) { EXPECT_TRUE(isHealthy(view.status)); });
}

TEST_F(ControllerTest, APortThatWaitsForItsDeviceIsHealthy) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet7")));
  read([](const View& view) {
    EXPECT_FALSE(view.status.not_in_force.empty());
    EXPECT_TRUE(isHealthy(view.status));
    EXPECT_EQ(unhealthyText(view.status), "");
  });
}

}  // namespace
}  // namespace netctl::controller
