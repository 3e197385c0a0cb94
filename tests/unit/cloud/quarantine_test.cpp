// Public addresses that were given back: who gets them next, and who may name them.

#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::address;
using ::testing::HasSubstr;

class QuarantineTest : public CloudTest {
 protected:
  static std::chrono::sys_seconds at(int seconds) {
    return std::chrono::sys_seconds(std::chrono::seconds(1'000'000'000 + seconds));
  }
  net::Ipv4Address allocate(const std::string& owner, int seconds = 0) {
    return std::get<net::Ipv4Address>(
        ok(AllocateAddress{.owner = owner, .now = at(seconds)}).object);
  }
  static AllocateAddress named(const std::string& owner, net::Ipv4Address which, int seconds) {
    return {.owner = owner, .address = which, .now = at(seconds)};
  }
  void release(const std::string& owner, net::Ipv4Address which, int seconds) {
    ok(ReleaseAddress{owner, which, at(seconds)});
  }
};

TEST_F(QuarantineTest, OthersAreHandedOutLastTheLongestFreeFirst) {
  const auto first = allocate("alice");
  const auto second = allocate("alice");
  release("alice", second, 10);
  release("alice", first, 20);
  for (int number = 3; number <= 8; ++number) {
    EXPECT_EQ(allocate("bob"), address("198.51.100." + std::to_string(number)));
  }
  // All that is left is in quarantine: the one that has been free longest goes to who asks.
  EXPECT_EQ(allocate("bob", 21), second);
  EXPECT_EQ(allocate("bob", 21), first);
  EXPECT_TRUE(cloud_.returnedAddresses().empty());
}

TEST_F(QuarantineTest, TheAccountsOwnAreAsIfTheyHadNeverBeenHeld) {
  const auto first = allocate("alice");
  release("alice", first, 10);
  EXPECT_EQ(allocate("alice", 11), first);
}

TEST_F(QuarantineTest, OnlyTheFormerOwnerMayNameItForAWhile) {
  const auto mine = allocate("alice");
  release("alice", mine, 0);
  const auto error = refused(named("bob", mine, 599));
  EXPECT_EQ(error.reason, "InvalidIPAddress.InUse");
  EXPECT_THAT(error.message, HasSubstr("until 2001-09-09T01:56:40Z"));
  EXPECT_TRUE(ok(named("alice", mine, 1)).changed);
  release("alice", mine, 2);
  EXPECT_TRUE(ok(named("bob", mine, 602)).changed);
  EXPECT_FALSE(cloud_.returnedAddress(mine));
}

TEST_F(QuarantineTest, HoldsForAutomaticAddressesToo) {
  const auto id = attach(1, "alice", {}, Addressing::Public);
  const auto lent = cloud_.addressOf(id)->address;
  ok(DetachInstance{.instance = id, .now = at(0)});
  EXPECT_EQ(reason(named("bob", lent, 1)), "InvalidIPAddress.InUse");
  const auto other = attach(2, "bob", {}, Addressing::Public);
  EXPECT_NE(cloud_.addressOf(other)->address, lent);

  const auto third = attach(3, "alice", {}, Addressing::Public);
  EXPECT_EQ(cloud_.addressOf(third)->address, lent) << "it is the account's own";
  const auto elastic = allocate("alice");
  ok(AssociateAddress{"alice", elastic, third, false, at(700)});
  EXPECT_EQ(cloud_.returnedAddress(lent)->at, at(700));
  EXPECT_EQ(reason(named("bob", lent, 1299)), "InvalidIPAddress.InUse");
}

TEST_F(QuarantineTest, OutlivesTheAccount) {
  ok(CreateAccount{"carol", {"333333333333"}, "AK3", "secret3"});
  const auto hers = allocate("carol");
  release("carol", hers, 0);
  ok(DeleteAccount{"carol"});
  ok(CreateAccount{"carol", {"444444444444"}, "AK3", "secret3"});
  EXPECT_EQ(reason(named("carol", hers, 1)), "InvalidIPAddress.InUse");
}

TEST_F(QuarantineTest, LeavesOutWhatIsNotInThePoolAnyMoreOrTaken) {
  const auto first = allocate("alice");
  const auto second = allocate("alice");
  const auto third = allocate("alice");
  for (const auto each : {first, second, third}) release("alice", each, 0);
  auto settings = cloud_.settings();
  settings.pool.remove({first, first});
  settings.host.taken = {{net::prefixOf(second, 32), "docker0"}};
  auto other = cloud_.withSettings(settings);
  EXPECT_EQ(other.freePublicAddress({"111111111111"}), third);
  settings.pool.remove({address("198.51.100.4"), address("198.51.100.8")});
  other = cloud_.withSettings(settings);
  EXPECT_EQ(other.freePublicAddress({"222222222222"}), third);
  EXPECT_TRUE(other == other.withSettings(settings));
}

}  // namespace
}  // namespace netctl::cloud
