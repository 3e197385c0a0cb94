#include "netctl/controller/flow_shares.h"

#include "modes/cloud/commands.h"
#include "tests/support/example_cloud.h"
#include "tests/support/fake_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace netctl::controller {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;
using Addresses = std::set<net::Ipv4Address>;

constexpr auto kGreedy = "10.0.0.9";
constexpr auto kModest = "10.0.0.10";
constexpr auto kOutside = "203.0.113.7";

/// A table of 100 entries, and two instances.
class FlowSharesTest : public ::testing::Test {
 protected:
  FlowSharesTest() : cloud_(testing::smallSettings()) {
    run(cloud::CreateAccount{"alice", {"000000000001"}, "AK", "secret"});
    run(cloud::CreateGroup{"alice", "web", "", {"sg-0000000a"}});
    for (const auto* id : {"i-00000001", "i-00000002"}) {
      run(cloud::AttachInstance{
          .instance = testing::instance(id), .owner = "alice", .groups = {"web"}});
    }
    host_.room_for_flows = 100;
    host_.weighs = [this](const host::Flow& flow) {
      return host::FlowEntry{flow, assured_, flow.original.source_port};
    };
  }
  void run(const cloud::Command& command) {
    const auto outcome = cloud::run(cloud_, command);
    if (!outcome) throw std::runtime_error(outcome.error().message);
  }
  void open(const char* from, const char* to, int flows) {
    for (; flows > 0; --flows, ++port_) {
      host_.conntrack.insert(
          {.original = {testing::address(from), testing::address(to), 6, port_, 80},
           .reply = {testing::address(to), testing::address(from), 6, 80, port_}});
    }
  }
  int flowsOf(const char* address) const {
    return static_cast<int>(std::ranges::count_if(host_.conntrack, [&](const host::Flow& flow) {
      return flow.original.source == testing::address(address) ||
             flow.reply.source == testing::address(address);
    }));
  }
  void see(bool may_forget = true) {
    now_ += std::chrono::seconds(20);
    shares_.see(cloud_, may_forget, now_);
  }
  static Addresses only(const char* address) { return {testing::address(address)}; }

  cloud::Cloud cloud_;
  testing::FakeHost host_;
  FlowShares shares_{host_};
  bool assured_ = true;
  std::uint16_t port_ = 1000;
  FlowShares::Clock::time_point now_;
};

TEST_F(FlowSharesTest, BelowEightyPerCentNobodyIsCountedOrHeld) {
  open(kGreedy, kOutside, 79);
  see();
  EXPECT_EQ(host_.walks, 0U);
  EXPECT_THAT(host_.held, Optional(IsEmpty())) << "a former life's may have stood there";
  EXPECT_THAT(shares_.problems(), IsEmpty());
}

TEST_F(FlowSharesTest, AboveThatWhoHasMoreThanItsShareIsHeldToIt) {
  open(kModest, kOutside, 10);
  open(kOutside, kGreedy, 80);
  see();
  EXPECT_EQ(host_.held, only(kGreedy));
  EXPECT_EQ(flowsOf(kGreedy), 65);
  EXPECT_EQ(flowsOf(kModest), 10);
  ASSERT_THAT(shares_.problems(), SizeIs(1));
  EXPECT_EQ(shares_.problems().front().object, "instance i-00000001");
  EXPECT_THAT(shares_.problems().front().consequence, HasSubstr("80 of 100"));
}

TEST_F(FlowSharesTest, ItStaysHeldUntilTheTableHasRoomAgain) {
  open(kOutside, kGreedy, 90);
  see();
  ASSERT_EQ(flowsOf(kGreedy), 75);
  see();
  EXPECT_EQ(host_.held, only(kGreedy)) << "it would fill the table again";
  while (host_.conntrack.size() > 71) host_.conntrack.erase(host_.conntrack.begin());
  see();
  EXPECT_EQ(host_.held, only(kGreedy));
  while (host_.conntrack.size() > 69) host_.conntrack.erase(host_.conntrack.begin());
  see();
  EXPECT_THAT(host_.held, Optional(IsEmpty()));
  EXPECT_THAT(shares_.problems(), IsEmpty());
}

TEST_F(FlowSharesTest, WhoGetsBelowItsShareIsLetGoWhileOthersAreHeld) {
  open(kModest, kOutside, 45);
  open(kOutside, kGreedy, 45);
  see();
  EXPECT_THAT(host_.held, Optional(SizeIs(2)));
  std::erase_if(host_.conntrack, [count = 0](const host::Flow& flow) mutable {
    return flow.original.source == testing::address(kModest) && ++count <= 10;
  });
  open(kOutside, "192.0.2.1", 10);
  see();
  EXPECT_EQ(host_.held, only(kGreedy));
}

TEST_F(FlowSharesTest, AFloodThatNobodyAnswersHoldsNobodyItIsSentTo) {
  assured_ = false;
  open(kOutside, kGreedy, 100);
  see();
  EXPECT_THAT(host_.held, Optional(IsEmpty()));
  EXPECT_EQ(host_.conntrack.size(), 100U) << "the kernel makes room by itself";
}

TEST_F(FlowSharesTest, WhileFlowsAreToBeReviewedNoneIsForgotten) {
  open(kOutside, kGreedy, 90);
  see(false);
  EXPECT_EQ(host_.held, only(kGreedy));
  EXPECT_EQ(flowsOf(kGreedy), 90);
  see();
  EXPECT_EQ(flowsOf(kGreedy), 75);
}

TEST_F(FlowSharesTest, ALimitHoldsAtAnyFillingAndTakesNothingAway) {
  shares_.setLimit(20);
  open(kModest, kOutside, 19);
  see();
  EXPECT_THAT(host_.held, Optional(IsEmpty()));
  open(kOutside, kGreedy, 25);
  see();
  EXPECT_EQ(host_.held, only(kGreedy));
  EXPECT_EQ(flowsOf(kGreedy), 25);
  ASSERT_THAT(shares_.problems(), SizeIs(1));
  EXPECT_THAT(shares_.problems().front().what, HasSubstr("NETCTL_LIMIT_FLOWS"));
  shares_.setLimit(0);
  see();
  EXPECT_THAT(host_.held, Optional(IsEmpty()));
}

TEST_F(FlowSharesTest, WithoutAKnownLimitOfTheTableNobodyIsHeld) {
  host_.room_for_flows = 0;
  open(kOutside, kGreedy, 200);
  see();
  EXPECT_THAT(host_.held, Optional(IsEmpty()));
}

TEST_F(FlowSharesTest, AWalkIsDoneAtOnceWhereTheTableGrowsElseNowAndThen) {
  open(kOutside, kGreedy, 90);
  see();
  const auto walks = host_.walks;
  now_ += std::chrono::seconds(2);
  shares_.see(cloud_, true, now_);
  EXPECT_EQ(host_.walks, walks);
  open(kModest, kOutside, 10);
  now_ += std::chrono::seconds(2);
  shares_.see(cloud_, true, now_);
  EXPECT_EQ(host_.walks, walks + 1);
}

}  // namespace
}  // namespace netctl::controller
