// Whose traffic it is that the kernel counts, over changes of hands and of the counting rules.

#include "netctl/controller/usage.h"

#include "modes/cloud/commands.h"
#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace netctl::controller {
namespace {

using testing::address;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kPrivate = "10.0.0.9";
constexpr auto kFirst = "198.51.100.5";

class UsageTest : public ::testing::Test {
 protected:
  UsageTest() : cloud_(testing::smallSettings()) {
    run(cloud::CreateAccount{"alice", {"000000000001"}, "AK", "secret"});
    run(cloud::CreateGroup{"alice", "web", "", {"sg-0000000a"}});
    run(cloud::AttachInstance{.instance = testing::instance("i-00000001"),
                              .owner = "alice",
                              .groups = {"web"},
                              .addressing = cloud::Addressing::Private});
    (void)cloud_.takeChanges();
    usage_.hold(cloud_);
  }
  cloud::Changes run(const cloud::Command& command) {
    const auto outcome = cloud::run(cloud_, command);
    if (!outcome) throw std::runtime_error(outcome.error().message);
    return cloud_.takeChanges();
  }
  /// As the controller does it: what was exchanged before is taken first.
  void change(const cloud::Command& command) {
    const auto at_stake = Usage::atStake(cloud_, run(command));
    read();
    usage_.changed(cloud_, at_stake);
  }
  void read() {
    usage_.take({life_, {{address(kPrivate), {{packets_, 10 * packets_}, {0, 0}}}}}, now_);
  }
  std::uint64_t packetsOf(const char* instance, std::optional<net::Ipv4Address> of = {}) const {
    const auto found = usage_.entries().find({{"000000000001"}, instance, of});
    return found == usage_.entries().end() ? 0 : found->second.traffic.received.packets;
  }

  cloud::Cloud cloud_;
  Usage usage_;
  std::string life_ = "one";
  std::uint64_t packets_ = 0;
  std::chrono::sys_seconds now_{std::chrono::hours(1000)};
};

TEST_F(UsageTest, IsWhatIsMoreThanAtTheLastReading) {
  packets_ = 5;
  read();
  read();
  packets_ = 7;
  read();
  EXPECT_EQ(packetsOf("i-00000001"), 7U);
  EXPECT_EQ(usage_.entries().begin()->second.traffic.received.bytes, 70U);
}

TEST_F(UsageTest, GoesOnWhenTheRulesAreMadeAnew) {
  packets_ = 5;
  read();
  life_ = "two";
  packets_ = 6;
  read();
  EXPECT_EQ(packetsOf("i-00000001"), 11U);
  packets_ = 2;  // of the same name, as after a start of the machine
  read();
  EXPECT_EQ(packetsOf("i-00000001"), 13U);
}

TEST_F(UsageTest, BelongsToTheAddressThatTheInstanceHad) {
  change(cloud::AllocateAddress{.owner = "alice", .address = address(kFirst)});
  packets_ = 3;
  change(cloud::AssociateAddress{
      .owner = "alice", .address = address(kFirst), .instance = testing::instance("i-00000001")});
  packets_ = 10;
  change(cloud::DisassociateAddress{.owner = "alice", .address = address(kFirst)});
  packets_ = 11;
  read();
  EXPECT_EQ(packetsOf("i-00000001"), 4U);
  EXPECT_EQ(packetsOf("i-00000001", address(kFirst)), 7U);
}

TEST_F(UsageTest, OfAnAddressIsNotItsNextHolders) {
  packets_ = 3;
  change(cloud::DetachInstance{.instance = testing::instance("i-00000001")});
  packets_ = 9;  // of nobody
  read();
  change(cloud::AttachInstance{.instance = testing::instance("i-00000002"),
                               .owner = "alice",
                               .groups = {"web"},
                               .addressing = cloud::Addressing::Private});
  packets_ = 10;
  read();
  EXPECT_EQ(packetsOf("i-00000001"), 3U);
  EXPECT_EQ(packetsOf("i-00000002"), 1U);
}

TEST_F(UsageTest, OfWhatEndedLongAgoIsItsAccounts) {
  packets_ = 3;
  change(cloud::DetachInstance{.instance = testing::instance("i-00000001")});
  usage_.forget(cloud_, now_ + Usage::kRemembered);
  EXPECT_EQ(packetsOf("i-00000001"), 3U);
  usage_.forget(cloud_, now_ + Usage::kRemembered + std::chrono::seconds(1));
  EXPECT_EQ(packetsOf("i-00000001"), 0U);
  EXPECT_EQ(packetsOf(""), 3U);
  usage_.forget(cloud_, now_ + 3 * Usage::kRemembered);
  EXPECT_EQ(packetsOf(""), 3U);
  run(cloud::DeleteGroup{"alice", "web"});
  run(cloud::DeleteAccount{"alice"});
  usage_.forget(cloud_, now_);
  EXPECT_THAT(usage_.entries(), IsEmpty());
}

TEST_F(UsageTest, IsReadAsItWasWrittenAndCountsNothingTwice) {
  change(cloud::AllocateAddress{.owner = "alice", .address = address(kFirst)});
  packets_ = 3;
  change(cloud::AssociateAddress{
      .owner = "alice", .address = address(kFirst), .instance = testing::instance("i-00000001")});
  packets_ = 8;
  read();
  auto again = Usage::parse(usage_.text());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->entries(), usage_.entries());
  again->hold(cloud_);
  usage_ = *std::move(again);
  packets_ = 9;
  read();
  EXPECT_EQ(packetsOf("i-00000001", address(kFirst)), 6U);
}

TEST_F(UsageTest, ThatIsDamagedIsRefused) {
  packets_ = 3;
  read();
  const auto text = usage_.text();
  EXPECT_FALSE(Usage::parse("")) << "it is empty";
  EXPECT_FALSE(Usage::parse(text.substr(0, text.size() - 4))) << "its end is gone";
  EXPECT_FALSE(Usage::parse(text + "end\n"));
  for (const auto* line : {"used 000000000001 i-00000001 - 1 2 3\n", "read 10.0.0.9.9 1 2 3 4\n",
                           "read 10.0.0.9 1 2 3 4 5\n", "something else\n", "\n"}) {
    const auto parsed = Usage::parse("netctl-usage 1\n" + std::string(line) + "end\n");
    ASSERT_FALSE(parsed) << line;
    EXPECT_THAT(parsed.error().message, HasSubstr("line 2"));
  }
}

}  // namespace
}  // namespace netctl::controller
