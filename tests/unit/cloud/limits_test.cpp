#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::address;
using netctl::testing::prefix;

Settings limited() {
  auto settings = netctl::testing::smallSettings();
  settings.limits = {{Limit::Addresses, 2}, {Limit::Groups, 3}, {Limit::Permissions, 4}};
  return settings;
}

class LimitsTest : public CloudTest {
 protected:
  LimitsTest() : CloudTest(limited()) {}

  static Authorize permit(const std::string& group, std::uint16_t first, int count) {
    Authorize command{"alice", group, {}};
    for (int i = 0; i < count; ++i) {
      const auto port = static_cast<std::uint16_t>(first + i);
      command.permissions.push_back(
          {.protocol = net::kTcp, .ports = {port, port}, .cidrs = {prefix("0.0.0.0/0")}});
    }
    return command;
  }
};

TEST_F(LimitsTest, OfAddressesCountsElasticOnesOnly) {
  attach(1, "alice", {}, Addressing::Public);
  ok(AllocateAddress{"alice"});
  ok(AllocateAddress{"alice", {}, "token"});
  EXPECT_EQ(reason(AllocateAddress{"alice"}), "AddressLimitExceeded");
  repeats(AllocateAddress{"alice", {}, "token"});
  ok(AllocateAddress{"bob"});
}

TEST_F(LimitsTest, OfAutomaticAddressesKeepsThePoolForOthers) {
  ok(ModifyAccount{"alice", {{Limit::AutomaticAddresses, 1}}});
  const auto attachPublic = [](const char* id) {
    return AttachInstance{.instance = netctl::testing::instance(id),
                          .owner = "alice",
                          .addressing = Addressing::Public};
  };
  ok(attachPublic("i-00000001"));
  EXPECT_EQ(reason(attachPublic("i-00000002")), "AddressLimitExceeded");
  repeats(attachPublic("i-00000001"));
  // One that has an elastic address uses none of them.
  ok(AllocateAddress{"alice", address("198.51.100.8")});
  ok(AssociateAddress{"alice", address("198.51.100.8"), netctl::testing::instance("i-00000001")});
  ok(attachPublic("i-00000002"));
  ok(DisassociateAddress{"alice", address("198.51.100.8")});
  EXPECT_FALSE(cloud_.addressOf(netctl::testing::instance("i-00000001")));
  EXPECT_EQ(cloud_.automaticAddressesOf(cloud_.accountByName("alice")->id), 1U);
}

TEST_F(LimitsTest, OfInstancesCountsAllOfAnAccount) {
  ok(ModifyAccount{"alice", {{Limit::Instances, 2}}});
  attach(1, "alice");
  attach(2, "alice");
  const AttachInstance third{.instance = netctl::testing::instance("i-00000003"), .owner = "alice"};
  EXPECT_EQ(reason(third), "InstanceLimitExceeded");
  ok(DetachInstance{netctl::testing::instance("i-00000001")});
  ok(third);
}

TEST_F(LimitsTest, AreRaisedToWhatIsInUse) {
  attach(1, "alice", {}, Addressing::Public);
  attach(2, "alice", {}, Addressing::Public);
  auto settings = limited();
  settings.limits[Limit::Instances] = 1;
  settings.limits[Limit::AutomaticAddresses] = 1;
  auto cloud = cloud_.withSettings(settings);
  const auto alice = cloud.accountByName("alice")->id;
  raiseLimitsToUse(cloud);
  EXPECT_EQ(limitOf(cloud, alice, Limit::Instances), 2U);
  EXPECT_EQ(limitOf(cloud, alice, Limit::AutomaticAddresses), 2U);
  EXPECT_EQ(limitOf(cloud, alice, Limit::Addresses), 2U) << "not above what it was";
  EXPECT_TRUE(cloud.accountByName("bob")->limits.empty());
}

TEST_F(LimitsTest, OfGroupsLetsWhatIsThereStay) {
  attach(1, "alice");  // with the default group
  group("alice", "web");
  group("alice", "db");
  EXPECT_EQ(reason(CreateGroup{"alice", "ops", "", {"sg-000000aa"}}), "SecurityGroupLimitExceeded");
  ok(ModifyAccount{"alice", {{Limit::Groups, 1}}});
  repeats(CreateGroup{"alice", "web", "", {"sg-000000aa"}});
  ok(DeleteGroup{"alice", "db"});
  EXPECT_EQ(reason(CreateGroup{"alice", "db", "", {"sg-000000aa"}}), "SecurityGroupLimitExceeded");
}

TEST_F(LimitsTest, OfPermissionsRefusesARequestAsAWhole) {
  group("alice", "web");
  ok(permit("web", 100, 3));
  EXPECT_EQ(reason(permit("web", 200, 2)), "RulesPerSecurityGroupLimitExceeded");
  EXPECT_EQ(permissionsOf(*groupOf("alice", "web"), Direction::Ingress), 3U);
  ok(permit("web", 102, 2));  // one of them is there
  repeats(permit("web", 100, 4));
}

TEST_F(LimitsTest, OfAnAccountCountBeforeTheSettings) {
  ok(ModifyAccount{"alice", {{Limit::Addresses, 3}}});
  const auto id = cloud_.accountByName("alice")->id;
  EXPECT_EQ(limitOf(cloud_, id, Limit::Addresses), 3U);
  EXPECT_EQ(limitOf(cloud_, id, Limit::Groups), 3U);
  for (int i = 0; i < 3; ++i) ok(AllocateAddress{"alice"});
  EXPECT_EQ(reason(AllocateAddress{"alice"}), "AddressLimitExceeded");
  repeats(ModifyAccount{"alice", {{Limit::Addresses, 3}}});
  ok(ModifyAccount{"alice", {{Limit::Addresses, std::nullopt}}});
  EXPECT_EQ(limitOf(cloud_, id, Limit::Addresses), 2U);
  EXPECT_EQ(reason(ModifyAccount{"nobody", {}}), "InvalidAccount.NotFound");
}

}  // namespace
}  // namespace netctl::cloud
