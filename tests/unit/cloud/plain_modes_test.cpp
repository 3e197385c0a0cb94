// What commands do in STATIC and SYSTEM.
#include "modes/cloud/fit.h"
#include "modes/cloud/learned.h"
#include "tests/unit/cloud/cloud_fixture.h"

#include <fmt/format.h>

namespace netctl::cloud {
namespace {

using netctl::testing::address;
using netctl::testing::instance;
using netctl::testing::mac;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Settings plainSettings(NetworkMode mode) {
  Settings settings;
  settings.mode = mode;
  settings.host.role = Role::All;
  settings.host.node_name = "host1";
  settings.host.bridge = "br0";
  return settings;
}

Settings staticSettings() {
  auto settings = plainSettings(NetworkMode::Static);
  settings.plan.subnet = netctl::testing::prefix("192.168.1.0/24");
  settings.router = address("192.168.1.1");
  // Neither by MAC nor by address in order.
  settings.mac_map = MacMap({{mac("aa:dd:11:ce:ff:02"), address("192.168.1.30")},
                             {mac("aa:dd:11:ce:ff:01"), address("192.168.1.10")},
                             {mac("aa:dd:11:ce:ff:03"), address("192.168.1.20")}});
  return settings;
}

class PlainTest : public CloudTest {
 protected:
  using CloudTest::CloudTest;

  const Instance& at(int number) {
    return *cloud_.instance(instance("i-0000000" + std::to_string(number)));
  }
  std::string addressOf(int number) {
    const auto& known = at(number).private_address;
    return known ? net::format(*known) : "";
  }
};
class StaticTest : public PlainTest {
 protected:
  StaticTest() : PlainTest(staticSettings()) {}
};
class SystemTest : public PlainTest {
 protected:
  SystemTest() : PlainTest(plainSettings(NetworkMode::System)) {}

  static LearnAddress claim(int number, const char* text) {
    return {instance("i-0000000" + std::to_string(number)), address(text), false};
  }
  static LearnAddress lease(int number, const char* text) {
    return {instance("i-0000000" + std::to_string(number)), address(text), true};
  }
};

TEST_F(StaticTest, PairsAreTakenInTheMapsOrderAndFreedByDetach) {
  for (const int number : {1, 2, 3}) attach(number, "alice");
  EXPECT_EQ(addressOf(1), "192.168.1.30");
  EXPECT_EQ(net::format(at(1).mac), "aa:dd:11:ce:ff:02");
  EXPECT_EQ(addressOf(2), "192.168.1.10");
  EXPECT_EQ(addressOf(3), "192.168.1.20");
  EXPECT_FALSE(at(1).tag);
  const AttachInstance fourth{.instance = instance("i-00000004"), .owner = "bob"};
  EXPECT_EQ(reason(fourth), "InsufficientFreeAddressesInSubnet");
  ok(DetachInstance{instance("i-00000002")});
  ok(fourth);
  EXPECT_EQ(addressOf(4), "192.168.1.10");
}

TEST_F(StaticTest, AMacNamesItsPair) {
  AttachInstance command{.instance = instance("i-00000001"), .owner = "alice"};
  command.mac = mac("aa:dd:11:ce:ff:03");
  ok(command);
  EXPECT_EQ(addressOf(1), "192.168.1.20");
  repeats(command);
  command.mac.reset();
  repeats(command);
  command.instance = instance("i-00000002");
  command.mac = mac("aa:dd:11:ce:ff:03");
  EXPECT_EQ(reason(command), "InvalidMacAddress.InUse");
  command.mac = mac("d0:0d:00:00:00:02");
  const auto error = refused(command);
  EXPECT_EQ(error.code, ErrorCode::InvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("d0:0d:00:00:00:02 is in no pair of VNET_MACMAP"));
}

TEST_F(StaticTest, TwentyThousandPairsAreAllUsable) {
  auto settings = staticSettings();
  settings.plan.subnet = netctl::testing::prefix("10.0.0.0/16");
  std::vector<MacPair> pairs;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const auto byte = [&](unsigned shift) { return static_cast<std::uint8_t>(i >> shift); };
    pairs.push_back({{{0x02, 0, 0, 0, byte(8), byte(0)}}, {0x0a000002 + i}});
  }
  settings.mac_map = MacMap(pairs);
  Cloud cloud(settings);
  ASSERT_TRUE(run(cloud, CreateAccount{"alice", {"111111111111"}, "AK1", "secret1"}));
  (void)cloud.takeChanges();
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const auto id = fmt::format("i-{:08x}", i);
    ASSERT_TRUE(run(cloud, AttachInstance{.instance = instance(id), .owner = "alice"}));
    (void)cloud.takeChanges();
    ASSERT_EQ(cloud.instance(instance(id))->private_address, pairs[i].address);
  }
  EXPECT_FALSE(cloud.freePair());
}

TEST_F(StaticTest, WhatIsAttachedMustStayInTheMap) {
  attach(1, "alice");
  EXPECT_TRUE(checkFit(cloud_));
  auto without = staticSettings();
  without.mac_map = MacMap({{mac("aa:dd:11:ce:ff:02"), address("192.168.1.31")}});
  const auto fit = checkFit(cloud_.withSettings(without));
  ASSERT_FALSE(fit);
  EXPECT_THAT(fit.error().message,
              HasSubstr("instance i-00000001 has the pair aa:dd:11:ce:ff:02=192.168.1.30, which is "
                        "not in VNET_MACMAP"));
}

TEST_F(StaticTest, GroupsAndAddressesAreRefusedByName) {
  const auto is_refused = [&](const Command& command) {
    const auto error = refused(command);
    EXPECT_EQ(error.code, ErrorCode::Unsupported);
    EXPECT_EQ(error.reason, "UnsupportedOperation");
    EXPECT_THAT(error.message, HasSubstr("VNET_MODE STATIC has no "));
    EXPECT_THAT(error.message, HasSubstr("MANAGED and MANAGED-NOVLAN have them"));
  };
  is_refused(CreateGroup{"alice", "web", "", {"sg-00000001"}});
  is_refused(DeleteGroup{"alice", "web"});
  is_refused(Authorize{"alice", "default", {}});
  is_refused(Revoke{"alice", "default", {}});
  is_refused(AllocateAddress{"alice"});
  is_refused(ReleaseAddress{"alice", address("192.0.2.1")});
  is_refused(AssociateAddress{"alice", address("192.0.2.1"), instance("i-00000001")});
  is_refused(DisassociateAddress{"alice", address("192.0.2.1")});
  AttachInstance command{.instance = instance("i-00000001"), .owner = "alice", .groups = {"web"}};
  is_refused(command);
  command.groups = {"default"};
  ok(command);
  is_refused(ModifyInstance{.instance = command.instance, .groups = {{"default", "web"}}});
  ok(ModifyInstance{.instance = command.instance, .groups = {{"default"}}});
  command.tag = net::Tag{2};
  is_refused(command);
}

TEST_F(SystemTest, TheMacIsTheIdsAndTheAddressIsLearned) {
  attach(1, "alice");
  EXPECT_EQ(net::format(at(1).mac), "d0:0d:00:00:00:01");
  EXPECT_EQ(addressOf(1), "");
  ok(lease(1, "192.168.1.7"));
  EXPECT_EQ(addressOf(1), "192.168.1.7");
  repeats(lease(1, "192.168.1.7"));
  repeats(claim(1, "192.168.1.7"));
  ok(lease(1, "192.168.1.8"));
  EXPECT_EQ(addressOf(1), "192.168.1.8");
  EXPECT_FALSE(cloud_.instanceByPrivateAddress(address("192.168.1.7")));
  ok(DetachInstance{instance("i-00000001")});
  attach(1, "alice");
  EXPECT_EQ(addressOf(1), "");
}

TEST_F(SystemTest, AnAddressByItsOwnWordIsTheFirstOneAndNobodyElses) {
  attach(1, "alice");
  attach(2, "bob");
  ok(claim(1, "192.168.1.7"));
  EXPECT_EQ(addressOf(1), "192.168.1.7");
  EXPECT_EQ(reason(claim(1, "192.168.1.8")), "InvalidIPAddress.InUse");
  const auto error = refused(claim(2, "192.168.1.7"));
  EXPECT_EQ(error.message, "claims the address 192.168.1.7, which is that of instance i-00000001");
}

TEST_F(SystemTest, ALeaseTakesTheAddressFromWhoHadItBefore) {
  attach(1, "alice");
  attach(2, "bob");
  ok(lease(1, "192.168.1.7"));
  ok(lease(2, "192.168.1.7"));
  EXPECT_EQ(addressOf(1), "");
  EXPECT_EQ(addressOf(2), "192.168.1.7");
}

TEST_F(SystemTest, ANewNodeLearnsAnew) {
  attach(1, "alice");
  ok(lease(1, "192.168.1.7"));
  ok(ModifyInstance{.instance = instance("i-00000001"), .attributes = {{{"a", "b"}}}});
  EXPECT_EQ(addressOf(1), "192.168.1.7");
  ok(ModifyInstance{.instance = instance("i-00000001"), .node = "n2"});
  EXPECT_EQ(addressOf(1), "");
}

TEST_F(SystemTest, ANodesReportIsTakenButForWhatAnotherNodeHas) {
  for (const int number : {1, 2, 3}) attach(number, "alice");
  ok(ModifyInstance{.instance = instance("i-00000003"), .node = "n2"});
  const auto id = [](int number) { return instance("i-0000000" + std::to_string(number)); };
  const auto take = [&](const char* node, const LearnedAddresses& learned) {
    auto doubles = takeLearned(cloud_, node, learned);
    (void)cloud_.takeChanges();
    return doubles;
  };
  EXPECT_THAT(take("host1", {{id(1), address("192.168.1.7")}, {id(2), {}}}), IsEmpty());
  // From one to the other, whichever comes first.
  EXPECT_THAT(take("host1", {{id(1), {}}, {id(2), address("192.168.1.7")}}), IsEmpty());
  EXPECT_EQ(addressOf(2), "192.168.1.7");
  EXPECT_THAT(take("host1", {{id(1), address("192.168.1.7")}, {id(2), {}}}), IsEmpty());
  EXPECT_EQ(addressOf(1), "192.168.1.7");
  EXPECT_THAT(take("n2", {{id(3), address("192.168.1.7")}, {id(1), address("192.168.1.9")}}),
              ElementsAre(DoubleAddress{id(3), id(1), address("192.168.1.7")}));
  EXPECT_EQ(addressOf(3), "");
  EXPECT_EQ(addressOf(1), "192.168.1.7") << "it is not of that node";
}

TEST_F(SystemTest, NothingIsLearnedWhereTheModeGivesAddresses) {
  Cloud managed(netctl::testing::smallSettings());
  ASSERT_TRUE(run(managed, CreateAccount{"alice", {"111111111111"}, "AK1", "secret1"}));
  (void)managed.takeChanges();
  ASSERT_TRUE(run(managed, AttachInstance{.instance = instance("i-00000001"),
                                          .owner = "alice",
                                          .addressing = Addressing::Private}));
  (void)managed.takeChanges();
  EXPECT_FALSE(run(managed, lease(1, "192.168.1.7"))->changed);
  takeLearned(managed, "host1", {{instance("i-00000001"), address("192.168.1.7")}});
  EXPECT_FALSE(managed.hasChanges());
}

}  // namespace
}  // namespace netctl::cloud
