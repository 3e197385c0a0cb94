#include "netctl/controller/service_problems.h"
#include "tests/unit/controller/fixture.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace netctl::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ServicesTest : public ControllerTest {
 protected:
  void pause(std::chrono::seconds duration) {
    bool done = false;
    controller_->pause(duration, [&](const View&) { done = true; });
    ASSERT_TRUE(runUntil([&] { return done; }));
  }
  void resume() {
    bool done = false;
    controller_->resume([&](const View&) { done = true; });
    ASSERT_TRUE(runUntil([&] { return done; }));
  }
  /// Whether anything is written to the host in a time in which it would be.
  bool writes() {
    const auto steps = host_.steps;
    const auto until = std::chrono::steady_clock::now() + 200ms;
    return runUntil(
               [&] { return host_.steps != steps || std::chrono::steady_clock::now() > until; }) &&
           host_.steps != steps;
  }
  std::vector<std::string> events(const std::string& object) {
    std::vector<std::string> messages;
    read([&](const View& view) {
      for (const auto& event : view.events.since(0, 1000)) {
        if (event.object == object) messages.push_back(event.message);
      }
    });
    return messages;
  }
  std::vector<Problem> problems() {
    std::vector<Problem> found;
    read([&](const View& view) { found = view.status.problems; });
    return found;
  }
};

TEST_F(ServicesTest, TheMetadataServerIsStartedAgainWhenItEnds) {
  boot();
  host_.state.metadata.server.reset();
  controller_->metadataChanged({.running = true, .pid = 7});
  controller_->metadataChanged({.running = false});
  EXPECT_TRUE(runUntil([&] { return host_.state.metadata.server.has_value(); }));
  EXPECT_THAT(events("metadata server"), Contains(HasSubstr("ended")));
}

TEST_F(ServicesTest, WhyMetadataAreNotServedIsToldOnce) {
  boot();
  const metadata::ServerStatus taken{.fault = "port 80 is taken"};
  controller_->metadataChanged(taken);
  controller_->metadataChanged(taken);
  EXPECT_EQ(events("metadata server"), std::vector<std::string>{"problem: cannot serve"});
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_EQ(problems()[0].severity, Severity::error);
  EXPECT_THAT(problems()[0].consequence, HasSubstr("port 80 is taken"));
  controller_->metadataChanged({.running = true, .pid = 7});
  EXPECT_EQ(events("metadata server").back(), "problem ended: cannot serve");
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ServicesTest, AReplacedProgramIsAProblemUntilARestart) {
  boot();
  controller_->metadataChanged({.running = true, .pid = 7, .is_outdated = true});
  controller_->dhcpChanged({.running = true, .pid = 8, .is_outdated = true});
  ASSERT_EQ(problems().size(), 2U);
  EXPECT_EQ(problems()[0].remedy, "netctl restart dhcp");
  EXPECT_EQ(problems()[1].remedy, "netctl restart metadata");
  controller_->metadataChanged({.running = true, .pid = 9});
  controller_->dhcpChanged({.running = true, .pid = 10});
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ServicesTest, WhileRepairsArePausedOnlyCommandsWrite) {
  options_.audit = {20ms, 20ms};
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  pause(1h);
  EXPECT_TRUE(host_.repairs_held);
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_EQ(problems()[0].what, "are paused");

  host_.state.ports.erase("vnet0");
  host_.state.dhcp.server.reset();
  host_.state.addresses.clear();
  controller_->devicesChanged({{{"vnet0", testing::mac("fe:00:00:00:00:01")}}});
  controller_->dhcpChanged({.running = true, .pid = 7});
  controller_->dhcpChanged({.running = false});
  EXPECT_FALSE(writes());

  ASSERT_TRUE(answerTo(attach("i-00000002", "vnet1")));
  EXPECT_TRUE(host_.state.ports.contains("vnet1"));
  EXPECT_FALSE(host_.state.ports.contains("vnet0"));

  resume();
  EXPECT_FALSE(host_.repairs_held);
  EXPECT_TRUE(runUntil([&] { return host_.state.ports.contains("vnet0"); }));
  EXPECT_TRUE(host_.state.dhcp.server);
  EXPECT_THAT(host_.state.addresses, Not(IsEmpty()));
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ServicesTest, WhatDiffersWhileRepairsArePausedIsTold) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  pause(1h);
  const auto before = host_.state;
  host_.state.metadata.documents.clear();
  controller_->suspected(host::Areas{host::Area::Metadata, host::Area::Dhcp});
  EXPECT_TRUE(runUntil([&] { return !events("metadata").empty(); }));
  EXPECT_THAT(problems()[0].consequence, HasSubstr("differs by now in: metadata"));
  EXPECT_THAT(events("dhcp"), IsEmpty());

  // Whoever changed it puts it back.
  host_.state = before;
  controller_->suspected(host::Areas{host::Area::Metadata});
  EXPECT_TRUE(
      runUntil([&] { return problems()[0].consequence.find("differs") == std::string::npos; }));
  EXPECT_EQ(events("metadata").size(), 1U);
}

TEST_F(ServicesTest, AMachineMayStartWhileRepairsArePaused) {
  host_.devices.clear();
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  pause(1h);
  const auto plug = [&] {
    host_.devices.insert("vnet0");
    controller_->devicesChanged({{{"vnet0", testing::mac("fe:00:00:00:00:01")}}});
    return runUntil([&] { return host_.state.ports.contains("vnet0"); });
  };
  EXPECT_TRUE(plug());
  // And once more, as another process of the hypervisor.
  host_.devices.clear();
  host_.state.ports.clear();
  controller_->devicesChanged({{{"vnet0", std::nullopt, false}}});
  EXPECT_TRUE(plug());
}

TEST_F(ServicesTest, APauseEndsByItself) {
  boot();
  pause(1s);
  host_.state.addresses.clear();
  EXPECT_TRUE(runUntil([&] { return !host_.state.addresses.empty(); }));
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ServicesTest, APauseMayBeMadeLonger) {
  boot();
  pause(1s);
  pause(1h);
  host_.state.addresses.clear();
  const auto until = std::chrono::steady_clock::now() + 1500ms;
  EXPECT_FALSE(runUntil([&] { return std::chrono::steady_clock::now() > until; }) &&
               !host_.state.addresses.empty());
}

}  // namespace
}  // namespace netctl::controller
