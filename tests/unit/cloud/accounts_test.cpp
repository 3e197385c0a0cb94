#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::prefix;
using ::testing::ElementsAre;
using AccountsTest = CloudTest;

TEST_F(AccountsTest, AreFoundByNameAndById) {
  EXPECT_EQ((*findAccount(cloud_, "alice"))->id.value, "111111111111");
  EXPECT_EQ((*findAccount(cloud_, "111111111111"))->name, "alice");
  EXPECT_EQ(findAccount(cloud_, "carol").error().reason, "InvalidAccount.NotFound");
  EXPECT_EQ(findAccount(cloud_, "333333333333").error().code, ErrorCode::NotFound);
  EXPECT_EQ(findAccount(cloud_, "a\nb").error().code, ErrorCode::InvalidArgument);
}

TEST_F(AccountsTest, AreMadeWithAKeyWhoseSecretIsShownOnce) {
  const auto made = ok(CreateAccount{"carol", {"333333333333"}, "AK3", "secret3"});
  EXPECT_EQ(std::get<AccountId>(made.object).value, "333333333333");
  EXPECT_EQ(made.key->secret, "secret3");
  const CreateAccount again{"carol", {"444444444444"}, "AK4", "secret4"};
  repeats(again);
  const auto repeated = ok(again);
  EXPECT_EQ(std::get<AccountId>(repeated.object).value, "333333333333");
  EXPECT_FALSE(repeated.key);
}

TEST_F(AccountsTest, DrawAgainWhereANewIdIsTaken) {
  EXPECT_TRUE(refused(CreateAccount{"carol", {"111111111111"}, "AK3", "s"}).retryable());
  EXPECT_TRUE(refused(CreateAccount{"carol", {"333333333333"}, "AK1", "s"}).retryable());
  EXPECT_TRUE(refused(CreateKey{"bob", "AK1", "s"}).retryable());
}

TEST_F(AccountsTest, RefuseABadName) {
  EXPECT_THAT(wrong(CreateAccount{"a b", {"333333333333"}, "AK3", "s"}), ElementsAre("name"));
}

TEST_F(AccountsTest, KeysAreDisabledAndDeleted) {
  EXPECT_EQ(ok(CreateKey{"alice", "AK9", "secret9"}).key->secret, "secret9");
  EXPECT_THAT(cloud_.keysOf({"111111111111"}), ElementsAre("AK1", "AK9"));
  ok(DisableKey{"alice", "AK9"});
  repeats(DisableKey{"alice", "AK9"});
  EXPECT_FALSE(cloud_.key("AK9")->enabled);
  ok(DeleteKey{"alice", "AK9"});
  repeats(DeleteKey{"alice", "AK9"});
  EXPECT_FALSE(cloud_.key("AK9"));
}

TEST_F(AccountsTest, AnotherAccountsKeyIsAsIfItWereNotThere) {
  const auto others = refused(DisableKey{"bob", "AK1"});
  const auto missing = refused(DisableKey{"bob", "AK7"});
  EXPECT_EQ(others.code, missing.code);
  EXPECT_EQ(others.reason, "InvalidAccessKey.NotFound");
  EXPECT_EQ(others.message, "The access key 'AK1' does not exist");
  EXPECT_EQ(missing.message, "The access key 'AK7' does not exist");
  repeats(DeleteKey{"bob", "AK1"});
  EXPECT_TRUE(cloud_.key("AK1"));
}

TEST_F(AccountsTest, GoWithTheirKeysAndDefaultGroup) {
  ok(Authorize{
      "alice", "default", {{.protocol = net::kAnyProtocol, .cidrs = {net::Ipv4Prefix{}}}}});
  ok(DeleteAccount{"alice"});
  EXPECT_FALSE(cloud_.accountByName("alice"));
  EXPECT_FALSE(cloud_.key("AK1"));
  EXPECT_TRUE(cloud_.groups().empty());
  repeats(DeleteAccount{"alice"});
}

TEST_F(AccountsTest, StayWhileAnythingDependsOnThem) {
  EXPECT_EQ(reason(DeleteAccount{"a\nb"}), "InvalidParameterValue");

  group("alice", "web");
  EXPECT_EQ(reason(DeleteAccount{"alice"}), "DependencyViolation");
  ok(DeleteGroup{"alice", "web"});

  attach(1, "alice");
  EXPECT_EQ(reason(DeleteAccount{"alice"}), "DependencyViolation");
  ok(DetachInstance{netctl::testing::instance("i-00000001")});

  ok(AllocateAddress{.owner = "alice"});
  EXPECT_EQ(reason(DeleteAccount{"alice"}), "DependencyViolation");
  ok(ReleaseAddress{"alice", netctl::testing::address("198.51.100.1")});

  const Authorize named{
      "bob", "default", {{.protocol = net::kTcp, .groups = {{"alice", "default"}}}}};
  ok(named);
  EXPECT_EQ(reason(DeleteAccount{"alice"}), "DependencyViolation");
  ok(Revoke{named.owner, named.group, named.permissions});
  ok(DeleteAccount{"alice"});
}

TEST_F(AccountsTest, NameEverythingThatKeepsThem) {
  group("alice", "web");
  attach(1, "alice", {"web"}, Addressing::Public);
  ok(AllocateAddress{.owner = "alice"});
  // The group's instance, the group itself, and the elastic address; the automatic one goes with
  // its instance.
  EXPECT_EQ(refused(DeleteAccount{"alice"}).faults.size(), 3U);
}

}  // namespace
}  // namespace netctl::cloud
