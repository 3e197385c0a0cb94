#include "netctl/controller/renamed_ports.h"
#include "tests/unit/controller/fixture.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace netctl::controller {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What the controller hears of, and what it asks for.
class NoticingTest : public ControllerTest {
 protected:
  void bootWithAPort() {
    boot();
    ASSERT_TRUE(answerTo(account("alice", "000000000001")));
    ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
    before_ = host_.state;
  }
  bool isRepaired() {
    return runUntil([&] { return host_.state == before_; });
  }
  std::vector<std::string> drift() {
    std::vector<std::string> objects;
    read([&](const View& view) {
      for (const auto& event : view.events.since(0, 1000)) {
        if (event.kind == EventKind::Drift) objects.push_back(event.object);
      }
    });
    return objects;
  }

  host::HostState before_;
};

TEST_F(NoticingTest, AnAddressThatIsGoneIsPutBackWhenTheKernelTells) {
  bootWithAPort();
  const auto address = *before_.addresses.begin();
  host_.state.addresses.erase(address);
  host::Scope scope;
  scope.addresses.insert(address);
  controller_->suspected(scope);
  EXPECT_TRUE(isRepaired());
  EXPECT_THAT(drift(), Contains(::testing::HasSubstr(net::format(address.address))));
}

TEST_F(NoticingTest, WhatStandsOnADeviceIsLookedAtWhenItIsDisturbed) {
  bootWithAPort();
  std::erase_if(host_.state.addresses,
                [](const auto& address) { return address.interface == "br0"; });
  ASSERT_NE(host_.state, before_);
  controller_->devicesChanged(
      {.devices = {{.name = "br0"}}, .links = {"br0"}, .disturbed = {"br0"}});
  EXPECT_TRUE(isRepaired());
}

TEST_F(NoticingTest, ASuspectedAreaIsLookedAtAsAWhole) {
  bootWithAPort();
  host_.state.chains.begin()->second.clear();
  host_.state.sets["nc_foreign"] = {};
  controller_->suspected({host::Area::FilterTable, host::Area::Sets});
  EXPECT_TRUE(isRepaired());
  EXPECT_THAT(drift(), Contains("set nc_foreign"));
}

TEST_F(NoticingTest, LostFlowsMayHealButForThoseThatWereCut) {
  const auto client = testing::address("203.0.113.7");
  const auto inside = testing::address("10.0.0.9");
  host_.conntrack.insert({.original = {client, inside, 6, 40000, 22},
                          .reply = {inside, client, 6, 22, 40000},
                          .cut = true,
                          .marked = true});
  bootWithAPort();
  EXPECT_EQ(host_.healings, 0);
  host_.conntrack.clear();
  host_.lost_flows = true;
  ASSERT_TRUE(runUntil([&] { return host_.healings == 1; }));
  EXPECT_EQ(host_.not_healing.size(), 1U);
  EXPECT_THAT(drift(), Contains("flows"));
}

TEST_F(NoticingTest, AFlowThatWasCutDoesNotHealThoughItsEntryHasEnded) {
  options_.audit = {std::chrono::milliseconds(50), std::chrono::milliseconds(50)};
  const auto client = testing::address("203.0.113.7");
  const auto inside = testing::address("10.0.0.9");
  host_.conntrack.insert({.original = {client, inside, 6, 40000, 22},
                          .reply = {inside, client, 6, 22, 40000},
                          .cut = true,
                          .marked = true});
  bootWithAPort();
  host_.conntrack.clear();
  const auto walks = host_.walks;
  ASSERT_TRUE(runUntil([&] { return host_.walks > walks; })) << "its end is noticed";
  host_.lost_flows = true;
  ASSERT_TRUE(runUntil([&] { return host_.healings == 1; }));
  EXPECT_EQ(host_.not_healing.size(), 1U);
}

TEST_F(NoticingTest, AHostWithoutFlowsHasLostThemAtItsStart) {
  bootWithAPort();
  EXPECT_EQ(host_.healings, 1);
  EXPECT_THAT(drift(), IsEmpty());
}

TEST_F(NoticingTest, OtherAreasStayAsTheyAre) {
  bootWithAPort();
  host_.state.sets["nc_foreign"] = {};
  const auto looks = host_.looks;
  controller_->suspected(host::Areas{host::Area::Addresses});
  ASSERT_TRUE(runUntil([&] { return host_.looks > looks; }));
  EXPECT_TRUE(host_.state.sets.contains("nc_foreign"));
}

TEST_F(NoticingTest, TheHostIsAskedForWhatTheKernelDoesNotTell) {
  bootWithAPort();
  host_.state.chains.begin()->second.clear();
  host_.suspected = {host::Area::FilterTable, host::Area::NatTable};
  EXPECT_TRUE(isRepaired());
}

TEST_F(NoticingTest, AnAuditFindsWhatNobodyTells) {
  options_.audit = {std::chrono::milliseconds(50), std::chrono::milliseconds(50)};
  bootWithAPort();
  host_.state.addresses.clear();
  EXPECT_TRUE(isRepaired());
  read(
      [](const View& view) { EXPECT_EQ(view.status.audit_period, std::chrono::milliseconds(50)); });
}

TEST_F(NoticingTest, AWaitingPortIsNoDrift) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000002", "vnet7")));
  const auto steps = host_.steps;
  const auto looks = host_.looks;
  controller_->suspected(host::allAreas());
  ASSERT_TRUE(runUntil([&] { return host_.looks > looks; }));
  EXPECT_EQ(host_.steps, steps);
  read([](const View& view) {
    EXPECT_EQ(view.ports.at(testing::instance("i-00000002")).state, PortState::Waiting);
  });
}

TEST_F(NoticingTest, ARenamedPortAndItsGuardGoOnUnderTheNewName) {
  bootWithAPort();
  ASSERT_TRUE(host_.state.guards.ports.contains("vnet0"));
  auto port = host_.state.ports.extract("vnet0");
  port.key() = "foo2";
  host_.state.ports.insert(std::move(port));
  host_.devices = {"foo2"};
  controller_->devicesChanged(
      {.devices = {{.name = "vnet0", .here = false}, {.name = "foo2", .port_of = "i-00000001"}}});
  ASSERT_TRUE(runUntil([&] { return host_.state.guards.ports.contains("foo2"); }));
  EXPECT_FALSE(host_.state.guards.ports.contains("vnet0"));
  EXPECT_TRUE(host_.state.ports.contains("foo2"));
  EXPECT_THAT(plan(), IsEmpty());
  // It is given up under that name.
  ASSERT_TRUE(answerTo(cloud::DetachInstance{testing::instance("i-00000001")}));
  EXPECT_FALSE(host_.state.ports.contains("foo2"));
  EXPECT_FALSE(host_.state.guards.ports.contains("foo2"));
}

TEST_F(NoticingTest, AnotherDeviceOfTheNameThatTheCloudKnowsHasThePort) {
  bootWithAPort();
  RenamedPorts renamed;
  read([&](const View& view) {
    EXPECT_THAT(
        renamed.update({.devices = {{.name = "foo2", .port_of = "i-00000001"}}}, view.cloud),
        ElementsAre("foo2", "vnet0"));
    EXPECT_THAT(renamed.update({.devices = {{.name = "vnet0"}}}, view.cloud),
                ElementsAre("foo2", "vnet0"));
    EXPECT_THAT(renamed.names(), IsEmpty());
  });
}

}  // namespace
}  // namespace netctl::controller
