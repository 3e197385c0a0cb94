#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::address;
using ::testing::ElementsAre;

class AddressesTest : public CloudTest {
 protected:
  net::Ipv4Address allocate(const std::string& owner) {
    return std::get<net::Ipv4Address>(ok(AllocateAddress{.owner = owner}).object);
  }
  /// Leaves that many addresses of the pool of eight free.
  void leaveFree(int count) {
    for (int i = 8 - static_cast<int>(cloud_.addresses().size()); i > count; --i) allocate("bob");
  }
};

TEST_F(AddressesTest, AreTheLowestFreeOrTheNamedOne) {
  EXPECT_EQ(allocate("alice"), address("198.51.100.1"));
  ok(AllocateAddress{.owner = "bob", .address = address("198.51.100.3")});
  EXPECT_EQ(allocate("alice"), address("198.51.100.2"));
  EXPECT_EQ(allocate("alice"), address("198.51.100.4"));
}

TEST_F(AddressesTest, NamedOneIsAllocatedOnce) {
  const AllocateAddress named{.owner = "alice", .address = address("198.51.100.3")};
  ok(named);
  repeats(named);
  const AllocateAddress others{.owner = "bob", .address = address("198.51.100.3")};
  const auto held = refused(others);
  EXPECT_EQ(held.reason, "InvalidAddress.NotFound");
  const auto outside = refused(AllocateAddress{.owner = "bob", .address = address("203.0.113.1")});
  EXPECT_EQ(outside.code, held.code);
  EXPECT_EQ(outside.reason, held.reason);
}

TEST_F(AddressesTest, TokenGivesTheSameAddressAgain) {
  const AllocateAddress once{.owner = "alice", .client_token = "t1"};
  const auto first = ok(once);
  repeats(once);
  EXPECT_EQ(ok(once).object, first.object);
  // Tokens are an account's own.
  EXPECT_TRUE(ok(AllocateAddress{.owner = "bob", .client_token = "t1"}).changed);
  EXPECT_EQ(reason(AllocateAddress{
                .owner = "alice", .address = address("198.51.100.5"), .client_token = "t1"}),
            "IdempotentParameterMismatch");
  EXPECT_EQ(reason(AllocateAddress{
                .owner = "alice", .address = address("198.51.100.1"), .client_token = "t2"}),
            "InvalidIPAddress.InUse");
  EXPECT_THAT(wrong(AllocateAddress{.owner = "nobody", .client_token = "\n"}),
              ElementsAre("owner", "client_token"));
  ok(ReleaseAddress{"alice", address("198.51.100.1")});
  EXPECT_TRUE(ok(once).changed) << "a released token is free again";
}

TEST_F(AddressesTest, PoolRunsOutLoudly) {
  leaveFree(0);
  const auto error = refused(AllocateAddress{.owner = "alice"});
  EXPECT_EQ(error.reason, "InsufficientAddressCapacity");
  EXPECT_FALSE(error.retryable());
  ok(ReleaseAddress{"bob", address("198.51.100.5")});
  EXPECT_EQ(allocate("alice"), address("198.51.100.5"));
}

TEST_F(AddressesTest, AreReleasedOnceAndOnlyByTheirHolder) {
  const auto mine = allocate("alice");
  repeats(ReleaseAddress{"bob", mine});
  ok(ReleaseAddress{"alice", mine});
  repeats(ReleaseAddress{"alice", mine});
}

TEST_F(AddressesTest, AreNotReleasedInUse) {
  const auto id = attach(1, "alice");
  const auto mine = allocate("alice");
  ok(AssociateAddress{"alice", mine, id});
  EXPECT_EQ(reason(ReleaseAddress{"alice", mine}), "InvalidIPAddress.InUse");
  ok(DisassociateAddress{"alice", mine});
  ok(ReleaseAddress{"alice", mine});
}

TEST_F(AddressesTest, AutomaticOnesCannotBeTouchedByHand) {
  const auto id = attach(1, "alice", {}, Addressing::Public);
  const auto lent = cloud_.addressOf(id)->address;
  EXPECT_TRUE(cloud_.address(lent)->automatic);
  const auto other = attach(2, "alice");
  EXPECT_EQ(reason(ReleaseAddress{"alice", lent}), "OperationNotPermitted");
  EXPECT_EQ(reason(DisassociateAddress{"alice", lent}), "OperationNotPermitted");
  EXPECT_EQ(reason(AssociateAddress{"alice", lent, other, true}), "OperationNotPermitted");
  EXPECT_EQ(reason(AllocateAddress{.owner = "alice", .address = lent}), "InvalidAddress.NotFound");
  // To others it is as if it were not there.
  EXPECT_EQ(reason(DisassociateAddress{"bob", lent}), "InvalidAddress.NotFound");
  repeats(ReleaseAddress{"bob", lent});
}

TEST_F(AddressesTest, AssociatingTakesTheAutomaticOneBack) {
  const auto id = attach(1, "alice", {}, Addressing::Public);
  EXPECT_EQ(publicAddress(id), "198.51.100.1");
  const auto mine = allocate("alice");
  ok(AssociateAddress{"alice", mine, id});
  repeats(AssociateAddress{"alice", mine, id});
  EXPECT_EQ(publicAddress(id), "198.51.100.2");
  EXPECT_FALSE(cloud_.address(address("198.51.100.1")));
  EXPECT_EQ(cloud_.freePublicAddress({"111111111111"}), address("198.51.100.1"));
}

TEST_F(AddressesTest, AssociatingASecondLeavesTheFirstWithTheAccount) {
  const auto id = attach(1, "alice");
  const auto first = allocate("alice");
  const auto second = allocate("alice");
  ok(AssociateAddress{"alice", first, id});
  ok(AssociateAddress{"alice", second, id});
  EXPECT_EQ(cloud_.addressOf(id)->address, second);
  EXPECT_FALSE(cloud_.address(first)->instance);
  EXPECT_EQ(cloud_.address(first)->owner.value, "111111111111");
}

TEST_F(AddressesTest, MoveOnlyWhereThatIsAllowed) {
  const auto from = attach(1, "alice", {}, Addressing::Public);
  const auto to = attach(2, "alice", {}, Addressing::Public);
  const auto mine = allocate("alice");
  ok(AssociateAddress{"alice", mine, from});
  EXPECT_EQ(reason(AssociateAddress{"alice", mine, to}), "Resource.AlreadyAssociated");
  ok(AssociateAddress{"alice", mine, to, true});
  EXPECT_EQ(cloud_.addressOf(to)->address, mine);
  ASSERT_TRUE(cloud_.addressOf(from)) << "the loser gets an automatic one again";
  EXPECT_TRUE(cloud_.addressOf(from)->automatic);
}

TEST_F(AddressesTest, MoveLeavesALoserWithPrivateAddressingWithout) {
  const auto from = attach(1, "alice");
  const auto to = attach(2, "alice");
  const auto mine = allocate("alice");
  ok(AssociateAddress{"alice", mine, from});
  ok(AssociateAddress{"alice", mine, to, true});
  EXPECT_EQ(publicAddress(from), "");
}

TEST_F(AddressesTest, DisassociatingLendsAnotherOne) {
  const auto id = attach(1, "alice", {}, Addressing::Public);
  const auto mine = allocate("alice");
  ok(AssociateAddress{"alice", mine, id});
  ok(DisassociateAddress{"alice", mine});
  repeats(DisassociateAddress{"alice", mine});
  EXPECT_TRUE(cloud_.addressOf(id)->automatic);
  EXPECT_NE(cloud_.addressOf(id)->address, mine);
  EXPECT_EQ(cloud_.address(mine)->owner.value, "111111111111");
}

TEST_F(AddressesTest, DisassociatingFromAnExhaustedPoolLeavesTheInstanceWithout) {
  const auto id = attach(1, "alice", {}, Addressing::Public);
  const auto mine = allocate("alice");
  ok(AssociateAddress{"alice", mine, id});
  leaveFree(0);
  ok(DisassociateAddress{"alice", mine});
  EXPECT_EQ(publicAddress(id), "");
}

TEST_F(AddressesTest, AnotherAccountsThingsAreAsIfTheyWereNotThere) {
  const auto alices = attach(1, "alice");
  const auto bobs = attach(2, "bob");
  const auto mine = allocate("alice");
  const auto theirs = allocate("bob");
  EXPECT_EQ(reason(AssociateAddress{"alice", theirs, alices}), "InvalidAddress.NotFound");
  EXPECT_EQ(reason(AssociateAddress{"alice", mine, bobs}), "InvalidInstanceID.NotFound");
  EXPECT_EQ(refused(AssociateAddress{"alice", mine, bobs}).message,
            "The instance ID 'i-00000002' does not exist");
  EXPECT_EQ(reason(DisassociateAddress{"alice", theirs}), "InvalidAddress.NotFound");
  EXPECT_THAT(wrong(AssociateAddress{"alice", theirs, bobs}),
              ElementsAre("address", "instance_id"));
}

}  // namespace
}  // namespace netctl::cloud
