#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::address;
using netctl::testing::instance;
using netctl::testing::prefix;
using ::testing::HasSubstr;

/// The host has something else in the networks of tags 2 and 4, and the pool's first address.
Settings sharedHost() {
  auto settings = netctl::testing::smallSettings();
  settings.host.taken = {{prefix("10.0.0.1/32"), "10.0.0.1 on docker0"},
                         {prefix("10.0.0.32/28"), "the route 10.0.0.32/28 by vpn0"},
                         {prefix("198.51.100.1/32"), "198.51.100.1 on eth1"}};
  return settings;
}

class TakenTest : public CloudTest {
 protected:
  TakenTest() : CloudTest(sharedHost()) {}

  AttachInstance attachTo(const std::string& group, std::optional<net::Tag> tag = {}) {
    return {.instance = instance("i-0000000f"),
            .owner = "alice",
            .groups = {group},
            .tag = tag,
            .addressing = Addressing::Private};
  }
};

TEST_F(TakenTest, NewNetworksKeepClear) {
  group("alice", "web");
  group("alice", "db");
  EXPECT_EQ(ok(attachTo("web")).notice,
            "group 'web' has tag 3: the network 10.0.0.0/28 of tag 2 would collide with 10.0.0.1 "
            "on docker0");
  attach(1, "alice", {"web"});
  attach(2, "alice", {"db"});
  EXPECT_EQ(groupOf("alice", "web")->tag, net::Tag{3});
  EXPECT_EQ(groupOf("alice", "db")->tag, net::Tag{5});
}

TEST_F(TakenTest, ANetworkThatIsAskedForByItsTagIsRefusedByName) {
  group("alice", "web");
  for (const std::uint16_t tag : {2, 4}) {
    const auto error = refused(attachTo("web", net::Tag{tag}));
    EXPECT_EQ(error.reason, "InvalidTag.InUse");
    EXPECT_THAT(error.message, HasSubstr(tag == 2 ? "10.0.0.0/28 of tag 2 would collide with "
                                                    "10.0.0.1 on docker0"
                                                  : "the route 10.0.0.32/28 by vpn0"));
  }
  EXPECT_EQ(ok(attachTo("web", net::Tag{3})).notice, "") << "it was asked for";
}

TEST_F(TakenTest, ANetworkThatIsThereGoesOn) {
  cloud_ = cloud_.withSettings(netctl::testing::smallSettings());
  attach(1, "alice");
  EXPECT_EQ(groupOf("alice", "default")->tag, net::Tag{2});
  cloud_ = cloud_.withSettings(sharedHost());
  attach(2, "alice");
  EXPECT_EQ(cloud_.instance(instance("i-00000002"))->private_address, address("10.0.0.10"));
}

TEST_F(TakenTest, WhereAllIsTakenTheRefusalSaysByWhat) {
  auto settings = netctl::testing::smallSettings();
  settings.host.taken = {{prefix("10.0.0.0/24"), "the route 10.0.0.0/24 by vpn0"}};
  cloud_ = cloud_.withSettings(settings);
  EXPECT_THAT(refused(attachTo("default")).message, HasSubstr("the route 10.0.0.0/24 by vpn0"));
}

TEST_F(TakenTest, PublicAddressesOfTheHostAreNotHandedOut) {
  const auto id = attach(1, "alice", {}, Addressing::Public);
  EXPECT_EQ(publicAddress(id), "198.51.100.2");
  EXPECT_EQ(std::get<net::Ipv4Address>(ok(AllocateAddress{.owner = "alice"}).object),
            address("198.51.100.3"));
  const auto error = refused(AllocateAddress{.owner = "alice", .address = address("198.51.100.1")});
  EXPECT_EQ(error.reason, "InvalidIPAddress.InUse");
  EXPECT_THAT(error.message, HasSubstr("198.51.100.1 on eth1"));
}

TEST_F(TakenTest, APublicAddressThatTheHostGotSinceGoesOntoNoInstance) {
  const auto id = attach(1, "alice");
  cloud_ = cloud_.withSettings(netctl::testing::smallSettings());
  ok(AllocateAddress{.owner = "alice", .address = address("198.51.100.1")});
  cloud_ = cloud_.withSettings(sharedHost());
  EXPECT_EQ(reason(AssociateAddress{"alice", address("198.51.100.1"), id}),
            "InvalidIPAddress.InUse");
}

}  // namespace
}  // namespace netctl::cloud
