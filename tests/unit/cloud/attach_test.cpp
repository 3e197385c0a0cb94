#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::address;
using netctl::testing::instance;
using netctl::testing::mac;
using ::testing::ElementsAre;

class AttachTest : public CloudTest {
 protected:
  using CloudTest::CloudTest;

  static AttachInstance request(const char* id, const char* owner = "alice") {
    return {.instance = instance(id), .owner = owner, .addressing = Addressing::Private};
  }
};

TEST_F(AttachTest, GivesTagIndexAddressAndMac) {
  auto command = request("i-0A1B2C3D");
  command.addressing = Addressing::Public;
  command.device = "vnet0";
  ok(command);
  const auto made = cloud_.instance(instance("i-0a1b2c3d"));
  EXPECT_EQ(made->groups, std::vector{groupOf("alice", "default")->id});
  EXPECT_EQ(made->node, "host1");
  EXPECT_EQ(made->tag, net::Tag{2});
  EXPECT_EQ(made->address_index, 9U);
  EXPECT_EQ(made->private_address, address("10.0.0.9"));
  EXPECT_EQ(net::format(made->mac), "d0:0d:0a:1b:2c:3d");
  EXPECT_EQ(publicAddress(made->id), "198.51.100.1");
  EXPECT_EQ(groupOf("alice", "default")->tag, net::Tag{2});
}

TEST_F(AttachTest, MembersOfOneGroupShareItsNetwork) {
  group("alice", "web");
  attach(1, "alice", {"web"});
  attach(2, "bob");
  attach(3, "alice", {"web"});
  EXPECT_EQ(cloud_.instance(instance("i-00000003"))->private_address, address("10.0.0.10"));
  EXPECT_EQ(cloud_.instance(instance("i-00000002"))->private_address, address("10.0.0.25"));
}

TEST_F(AttachTest, OnlyTheFirstGroupGetsATag) {
  group("alice", "web");
  group("alice", "db");
  attach(1, "alice", {"web", "db"});
  EXPECT_TRUE(groupOf("alice", "web")->tag);
  EXPECT_FALSE(groupOf("alice", "db")->tag);
  EXPECT_EQ(cloud_.members(groupOf("alice", "db")->id).size(), 1U);
}

TEST_F(AttachTest, TagGoesWithTheLastInstanceAndComesBackWhereFree) {
  group("alice", "web");
  group("alice", "db");
  group("alice", "ops");
  const auto web = attach(1, "alice", {"web"});
  const auto db = attach(2, "alice", {"db"});
  ok(DetachInstance{web});
  EXPECT_FALSE(groupOf("alice", "web")->tag);
  EXPECT_EQ(groupOf("alice", "web")->last_tag, net::Tag{2});
  ok(DetachInstance{db});
  attach(3, "alice", {"db"});
  EXPECT_EQ(groupOf("alice", "db")->tag, net::Tag{3}) << "its last one, though 2 is free";
  attach(4, "alice", {"ops"});
  EXPECT_EQ(groupOf("alice", "ops")->tag, net::Tag{2});
  attach(5, "alice", {"web"});
  EXPECT_EQ(groupOf("alice", "web")->tag, net::Tag{4}) << "its last one is taken";
}

TEST_F(AttachTest, LowestFreeIndexIsUsedAgain) {
  const auto first = attach(1, "alice");
  attach(2, "alice");
  ok(DetachInstance{first});
  attach(3, "alice");
  EXPECT_EQ(cloud_.instance(instance("i-00000003"))->address_index, 9U);
}

TEST_F(AttachTest, NetworkRunsOutLoudly) {
  for (int i = 1; i <= 6; ++i) attach(i, "alice");
  EXPECT_EQ(reason(request("i-00000007")), "InsufficientFreeAddressesInSubnet");
}

TEST_F(AttachTest, TagsRunOutLoudly) {
  for (int i = 1; i <= 8; ++i) {
    group("alice", "g" + std::to_string(i));
    attach(i, "alice", {"g" + std::to_string(i)});
  }
  EXPECT_EQ(reason(request("i-00000009")), "InsufficientNetworkCapacity");
}

TEST_F(AttachTest, CallerMayNameTagIndexAndMac) {
  auto command = request("i-00000001");
  command.tag = net::Tag{7};
  command.address_index = 14;
  command.mac = mac("52:54:00:00:00:01");
  ok(command);
  repeats(command);
  const auto made = cloud_.instance(command.instance);
  EXPECT_EQ(made->private_address, address("10.0.0.94"));
  EXPECT_EQ(made->mac, *command.mac);
}

TEST_F(AttachTest, NamedValuesMustBeInRange) {
  auto command = request("i-00000001");
  command.tag = net::Tag{10};
  command.address_index = 8;
  command.mac = mac("01:00:5e:00:00:01");
  EXPECT_THAT(wrong(command), ElementsAre("mac", "tag", "address_index"));
  command.tag = net::Tag{1};
  command.address_index = 15;
  command.mac = mac("00:00:00:00:00:00");
  EXPECT_THAT(wrong(command), ElementsAre("mac", "tag", "address_index"));
}

TEST_F(AttachTest, NamedValuesMustBeFree) {
  auto command = request("i-00000001");
  command.tag = net::Tag{7};
  command.address_index = 14;
  command.device = "vnet0";
  ok(command);

  auto same_index = request("i-00000002");
  same_index.address_index = 14;
  EXPECT_EQ(reason(same_index), "InvalidIPAddress.InUse");
  auto second_tag = request("i-00000002");
  second_tag.tag = net::Tag{8};
  EXPECT_EQ(reason(second_tag), "InvalidTag.InUse") << "the group has a tag already";
  auto others_tag = request("i-00000002", "bob");
  others_tag.tag = net::Tag{7};
  EXPECT_EQ(reason(others_tag), "InvalidTag.InUse");
  auto same_device = request("i-00000002");
  same_device.device = "vnet0";
  EXPECT_EQ(reason(same_device), "InvalidDevice.InUse");
  same_device.node = "node2";
  ok(same_device);
}

TEST_F(AttachTest, TwoInstancesWithOneMacAreRefused) {
  attach(1, "alice");
  EXPECT_EQ(reason(request("i-00000000000000001")), "InvalidMacAddress.InUse");
}

TEST_F(AttachTest, RepeatedWithOtherParametersIsADuplicate) {
  group("alice", "web");
  auto command = request("i-0000000A");
  command.device = "vnet0";
  command.user_data = "data";
  ok(command);
  repeats(command);
  command.instance = instance("I-0000000a");
  repeats(command);
  const auto differs = [&](auto change) {
    auto other = command;
    change(other);
    EXPECT_EQ(reason(other), "InvalidInstanceID.Duplicate");
  };
  differs([](auto& other) { other.owner = "bob"; });
  differs([](auto& other) { other.groups = {"web"}; });
  differs([](auto& other) { other.groups = {"default", "web"}; });
  differs([](auto& other) { other.device = "vnet1"; });
  differs([](auto& other) { other.node = "node2"; });
  differs([](auto& other) { other.tag = net::Tag{5}; });
  differs([](auto& other) { other.address_index = 10; });
  differs([](auto& other) { other.mac = mac("52:54:00:00:00:01"); });
  differs([](auto& other) { other.addressing = Addressing::Public; });
  differs([](auto& other) { other.user_data = "other"; });
  differs([](auto& other) { other.attributes["a"] = "b"; });
}

TEST_F(AttachTest, NamesEveryWrongPart) {
  auto command = request("i-00000001");
  command.groups = {"gone", "default", "default", "sg-x"};
  command.node = "a/b";
  command.device = "a/b";
  command.user_data = std::string(16385, 'x');
  command.attributes = {{"Bad Key", "x"}, {"good", "\n"}};
  EXPECT_THAT(wrong(command), ElementsAre("groups[0]", "groups[2]", "groups[3]", "node", "device",
                                          "attributes", "attributes.good", "user_data"));
  EXPECT_TRUE(cloud_.groups().empty()) << "the default group it named was not left behind";
}

TEST_F(AttachTest, HostsOwnDevicesAreNotInstances) {
  for (const auto* device : {"lo", "eth0", "eth1", "br0"}) {
    auto command = request("i-00000001");
    command.device = device;
    EXPECT_THAT(wrong(command), ElementsAre("device")) << device;
  }
}

TEST_F(AttachTest, TakesAsMuchAsIsAllowed) {
  auto command = request("i-00000001");
  command.user_data = std::string(16384, '\0');
  for (int i = 0; i < 64; ++i) command.attributes["k" + std::to_string(i)] = "v";
  ok(command);
  command = request("i-00000002");
  for (int i = 0; i < 65; ++i) command.attributes["k" + std::to_string(i)] = "v";
  EXPECT_THAT(wrong(command), ElementsAre("attributes"));
}

TEST_F(AttachTest, RefusedAsAWholeWithoutAFreePublicAddress) {
  for (int i = 0; i < 8; ++i) ok(AllocateAddress{.owner = "bob"});
  auto command = request("i-00000001");
  command.addressing = Addressing::Public;
  EXPECT_EQ(reason(command), "InsufficientAddressCapacity");
  command.addressing = Addressing::Private;
  ok(command);
}

TEST_F(AttachTest, GoesWithoutAPublicAddressWhereThereIsNoPool) {
  auto settings = netctl::testing::smallSettings();
  settings.pool = {};
  Cloud cloud(settings);
  ASSERT_TRUE(run(cloud, CreateAccount{"alice", {"111111111111"}, "AK", "s"}));
  const auto id = instance("i-00000001");
  ASSERT_TRUE(run(cloud, AttachInstance{.instance = id, .owner = "alice"}));
  EXPECT_FALSE(cloud.addressOf(id));
}

TEST_F(AttachTest, DetachGivesEverythingBack) {
  const auto lent = attach(1, "alice", {}, Addressing::Public);
  const auto elastic = attach(2, "alice");
  const auto held = std::get<net::Ipv4Address>(ok(AllocateAddress{.owner = "alice"}).object);
  ok(AssociateAddress{"alice", held, elastic});
  EXPECT_TRUE(ok(DetachInstance{lent, true}).keep_flows);
  ok(DetachInstance{elastic});
  repeats(DetachInstance{elastic});
  EXPECT_TRUE(cloud_.instances().empty());
  ASSERT_EQ(cloud_.addresses().size(), 1U) << "the elastic one stays the account's";
  EXPECT_FALSE(cloud_.address(held)->instance);
  EXPECT_EQ(cloud_.freeTag(), net::Tag{2});
}

class SecondClusterTest : public AttachTest {
 protected:
  static Settings settings() {
    auto settings = netctl::testing::smallSettings();
    settings.plan.clusters = 2;
    settings.plan.cluster_index = 1;
    return settings;
  }
  SecondClusterTest() : AttachTest(settings()) {}
};

TEST_F(SecondClusterTest, NeedsTheTagAtAGroupsFirstAttachOnly) {
  auto command = request("i-00000001");
  EXPECT_EQ(reason(command), "MissingParameter");
  command.tag = net::Tag{5};
  ok(command);
  ok(request("i-00000002"));
  ok(DetachInstance{instance("i-00000001")});
  ok(DetachInstance{instance("i-00000002")});
  EXPECT_EQ(reason(request("i-00000003")), "MissingParameter") << "another cluster may have it now";
}

TEST_F(SecondClusterTest, HandsOutItsOwnIndexesAndTakesAnyNamedOne) {
  auto command = request("i-00000001");
  command.tag = net::Tag{5};
  ok(command);
  EXPECT_EQ(cloud_.instance(command.instance)->address_index, 12U);
  auto named = request("i-00000002");
  named.address_index = 9;
  ok(named);
  ok(request("i-00000003"));
  ok(request("i-00000004"));
  EXPECT_EQ(reason(request("i-00000005")), "InsufficientFreeAddressesInSubnet");
}

TEST(Attach, IsRefusedWhereNoNodeCanConnect) {
  auto settings = netctl::testing::smallSettings();
  settings.host.takes_nodes = false;
  Cloud cloud(settings);
  ASSERT_TRUE(run(cloud, CreateAccount{"alice", {"111111111111"}, "AK", "s"}));
  (void)cloud.takeChanges();
  AttachInstance command{.instance = instance("i-00000001"),
                         .owner = "alice",
                         .node = "node1",
                         .addressing = Addressing::Private};
  const auto refused = run(cloud, command);
  ASSERT_FALSE(refused);
  EXPECT_THAT(
      refused.error().faults.at(0).message,
      ::testing::AllOf(::testing::HasSubstr("NETCTL_LISTEN"), ::testing::HasSubstr("'host1'")));
  command.node.clear();
  const auto here = run(cloud, command);
  ASSERT_TRUE(here) << "this host is a node: " << here.error().message;
  (void)cloud.takeChanges();
  EXPECT_FALSE(run(cloud, ModifyInstance{.instance = command.instance, .node = "node1"}));
  EXPECT_TRUE(run(cloud, ModifyInstance{.instance = command.instance, .device = "vnet3"}));

  settings.host.role = Role::Cluster;
  Cloud of_no_node(settings);
  ASSERT_TRUE(run(of_no_node, CreateAccount{"alice", {"111111111111"}, "AK", "s"}));
  EXPECT_FALSE(run(of_no_node, command)) << "this host is not a node";
}

TEST(UnmanagedModes, HaveAccountsAndRefuseTheRest) {
  auto settings = netctl::testing::smallSettings();
  settings.mode = NetworkMode::System;
  Cloud cloud(settings);
  ASSERT_TRUE(run(cloud, CreateAccount{"alice", {"111111111111"}, "AK", "s"}));
  EXPECT_EQ(defaultGroup(cloud, {"111111111111"})->name, "default");
  EXPECT_EQ(run(cloud, AllocateAddress{.owner = "alice"}).error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace netctl::cloud
