// SYSTEM: what is heard at the ports becomes the cloud's.
#include "tests/unit/controller/fixture.h"

#include <gmock/gmock.h>

namespace netctl::controller {
namespace {

using testing::address;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::instance;
using ::testing::IsEmpty;

constexpr net::MacAddress kFirstMac{{0xd0, 0x0d, 0, 0, 0, 1}};

class LearningTest : public ControllerTest {
 protected:
  explicit LearningTest(cloud::Role role = cloud::Role::All) {
    settings_.mode = cloud::NetworkMode::System;
    settings_.host.role = role;
    boot();
    EXPECT_TRUE(answerTo(account("alice", "000000000001")));
  }

  void onMade() override {
    controller_->onLearningPorts([this](const LearningNews& news) {
      if (news.complete) ports_.clear();
      for (const auto& [device, port] : news.ports) {
        ports_.erase(device);
        if (port) ports_.emplace(device, *port);
      }
    });
  }
  void hear(const std::string& device, const char* text, bool leased) {
    controller_->addressHeard({device, address(text), leased});
    read([](const View&) {});
    read([](const View&) {});
  }
  std::optional<net::Ipv4Address> addressOf(const char* id) {
    std::optional<net::Ipv4Address> known;
    read([&](const View& view) { known = view.cloud.instance(instance(id))->private_address; });
    return known;
  }
  /// Errors that stand in the events.
  std::vector<std::string> errors() {
    std::vector<std::string> messages;
    read([&](const View& view) {
      for (const auto& event : view.events.since(0, 1000)) {
        if (event.kind == EventKind::Error) messages.push_back(event.object + " " + event.message);
      }
    });
    return messages;
  }
  std::uint64_t refused() {
    std::uint64_t count = 0;
    read([&](const View& view) { count = view.metrics.address_claims_refused; });
    return count;
  }

  std::map<std::string, LearningPort> ports_;
};

class LearningOnAClusterHost : public LearningTest {
 protected:
  LearningOnAClusterHost() : LearningTest(cloud::Role::Cluster) {}

  void report(const std::string& node, cloud::LearnedAddresses addresses) {
    NodeReport report{.revision = 100, .addresses = std::move(addresses)};
    for (const auto& [id, address] : report.addresses) report.ports[id] = {PortState::Open, ""};
    controller_->nodeChanged({node, true, std::move(report)});
    read([](const View&) {});
    read([](const View&) {});
  }
};

TEST_F(LearningTest, FollowsLeasesAndMovesTheGuard) {
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  EXPECT_EQ(ports_.at("vnet0"), (LearningPort{kFirstMac, {}}));
  for (const auto* text : {"192.168.1.7", "192.168.1.8"}) {
    hear("vnet0", text, true);
    EXPECT_EQ(addressOf("i-00000001"), address(text));
    EXPECT_EQ(ports_.at("vnet0"), (LearningPort{kFirstMac, address(text)}));
    EXPECT_EQ(host_.state.guards.ports.at("vnet0").address, address(text));
  }
  EXPECT_THAT(plan(), IsEmpty());
  read([](const View& view) { EXPECT_EQ(view.metrics.addresses_learned, 2U); });
  ASSERT_TRUE(answerTo(cloud::DetachInstance{instance("i-00000001")}));
  EXPECT_THAT(ports_, IsEmpty());
}

TEST_F(LearningTest, WhatAnotherMachineHasIsNotLearned) {
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  for (const bool leased : {false, true}) {
    controller_->addressHeard({"vnet0", address("192.168.1.1"), leased, "this host's router"});
    read([](const View&) {});
    read([](const View&) {});
  }
  EXPECT_EQ(addressOf("i-00000001"), std::nullopt);
  EXPECT_EQ(refused(), 2U);
  EXPECT_THAT(errors(), ElementsAre("instance i-00000001 claims the address 192.168.1.1, which is "
                                    "that of this host's router"));
}

TEST_F(LearningTest, SurvivesARestart) {
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  hear("vnet0", "192.168.1.7", false);
  const auto steps = host_.steps;
  boot();
  EXPECT_EQ(addressOf("i-00000001"), address("192.168.1.7"));
  EXPECT_EQ(ports_.at("vnet0"), (LearningPort{kFirstMac, address("192.168.1.7")}));
  EXPECT_EQ(host_.steps, steps);
}

TEST_F(LearningTest, AClaimOfTheNeighboursAddressIsCountedAndAnEvent) {
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  ASSERT_TRUE(answerTo(attach("i-00000002", "vnet1")));
  hear("vnet0", "192.168.1.7", true);
  for (int i = 0; i < 5; ++i) hear("vnet1", "192.168.1.7", false);
  EXPECT_EQ(addressOf("i-00000001"), address("192.168.1.7"));
  EXPECT_EQ(addressOf("i-00000002"), std::nullopt);
  EXPECT_EQ(refused(), 5U);
  EXPECT_THAT(errors(), ElementsAre("instance i-00000002 claims the address 192.168.1.7, which is "
                                    "that of instance i-00000001"))
      << "one of an instance in a minute";
}

TEST_F(LearningTest, WhatIsHeardWhereNobodyIsMeansNothing) {
  hear("vnet7", "192.168.1.7", true);
  EXPECT_EQ(refused(), 0U);
}

TEST_F(LearningOnAClusterHost, TakesWhatNodesReport) {
  auto command = attach("i-00000001", "vnet0");
  command.node = "n7";
  ASSERT_TRUE(answerTo(command));
  EXPECT_THAT(ports_, IsEmpty()) << "the node listens";
  report("n7", {{instance("i-00000001"), address("192.168.1.7")}});
  EXPECT_EQ(addressOf("i-00000001"), address("192.168.1.7"));
  report("n7", {{instance("i-00000001"), {}}});
  EXPECT_EQ(addressOf("i-00000001"), std::nullopt);
}

TEST_F(LearningOnAClusterHost, AnAddressThatTwoNodesReportGoesToTheSecondWhenTheFirstHasGone) {
  for (const auto* id : {"i-00000001", "i-00000002"}) {
    auto command = attach(id, "vnet0");
    command.node = id == std::string("i-00000001") ? "n7" : "n8";
    ASSERT_TRUE(answerTo(command));
  }
  report("n7", {{instance("i-00000001"), address("192.168.1.7")}});
  report("n8", {{instance("i-00000002"), address("192.168.1.7")}});
  EXPECT_EQ(addressOf("i-00000002"), std::nullopt);
  EXPECT_EQ(refused(), 1U);
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("instance i-00000002 has the address 192.168.1.7 by "
                                              "its node, but that is the one of instance "
                                              "i-00000001")));
  ASSERT_TRUE(answerTo(cloud::DetachInstance{instance("i-00000001")}));
  ASSERT_TRUE(runUntil([&] { return addressOf("i-00000002").has_value(); }));
}

}  // namespace
}  // namespace netctl::controller
