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
    read([&](const View& view) { found = serviceProblems(view.status); });
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
  EXPECT_EQ(events("metadata"), std::vector<std::string>{"port 80 is taken"});
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_EQ(problems()[0].severity, Severity::error);
  controller_->metadataChanged({.running = true, .pid = 7});
  EXPECT_EQ(events("metadata").back(), "is served again");
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ServicesTest, AReplacedProgramIsAProblemUntilARestart) {
  boot();
  controller_->metadataChanged({.running = true, .pid = 7, .is_outdated = true});
  controller_->dhcpChanged({.running = true, .pid = 8, .is_outdated = true});
  ASSERT_EQ(problems().size(), 2U);
  EXPECT_EQ(problems()[0].remedy, "netctl restart dhcp");
  EXPECT_EQ(problems()[1].remedy, "netctl restart metadata");
  EXPECT_THAT(events("dhcp server"), Contains(HasSubstr("netctl restart dhcp")));
  controller_->metadataChanged({.running = true, .pid = 9});
  controller_->dhcpChanged({.running = true, .pid = 10});
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ServicesTest, WhileRepairsArePausedOnlyCommandsWrite) {
  options_.audit_period = 20ms;
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  pause(1h);
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_THAT(problems()[0].what, HasSubstr("paused until"));

  host_.state.ports.erase("vnet0");
  host_.state.dhcp.server.reset();
  host_.state.addresses.clear();
  controller_->devicesChanged({{{"vnet0", testing::mac("fe:00:00:00:00:01")}}});
  controller_->dhcpChanged({.running = true, .pid = 7});
  controller_->dhcpChanged({.running = false});
  const auto looks = host_.looks;
  const auto steps = host_.steps;
  EXPECT_FALSE(runUntil([&, until = std::chrono::steady_clock::now() + 200ms] {
                 return host_.steps != steps || std::chrono::steady_clock::now() > until;
               }) &&
               host_.steps != steps);
  EXPECT_EQ(host_.looks, looks) << "an audit looked";

  ASSERT_TRUE(answerTo(attach("i-00000002", "vnet1")));
  EXPECT_TRUE(host_.state.ports.contains("vnet1"));
  EXPECT_FALSE(host_.state.ports.contains("vnet0"));

  pause(0s);
  EXPECT_TRUE(host_.state.ports.contains("vnet0"));
  EXPECT_TRUE(host_.state.dhcp.server);
  EXPECT_THAT(host_.state.addresses, Not(IsEmpty()));
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ServicesTest, AWaitingPortOpensWhileRepairsArePaused) {
  host_.devices.clear();
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  pause(1h);
  host_.devices.insert("vnet0");
  controller_->devicesChanged({{{"vnet0", testing::mac("fe:00:00:00:00:01")}}});
  EXPECT_TRUE(runUntil([&] { return host_.state.ports.contains("vnet0"); }));
}

TEST_F(ServicesTest, APauseEndsByItself) {
  boot();
  pause(1s);
  host_.state.addresses.clear();
  EXPECT_TRUE(runUntil([&] { return !host_.state.addresses.empty(); }));
  EXPECT_THAT(problems(), IsEmpty());
}

}  // namespace
}  // namespace netctl::controller
