#include "netctl/kernel/links/interface_addresses.h"
#include "modes/host/names.h"
#include "netctl/kernel/links/link.h"

#include "tests/kernel/support/network_namespace.h"

#include <gmock/gmock.h>
#include <linux/if_addr.h>

namespace netctl::kernel {
namespace {

using host::HostState;
using host::InterfaceAddress;
using host::Scope;

class AddressesTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    output("ip link add br0 type bridge && ip link set br0 up");
    output("ip link add eth0 type veth peer far0 && ip link set eth0 up");
    addresses_.emplace(Addresses::open().value());
  }
  static InterfaceAddress address(const std::string& interface, const std::string& text,
                                  std::uint8_t length) {
    return {interface, net::parseIpv4Address(text).value(), length};
  }
  std::set<InterfaceAddress> look(const Scope& scope) {
    HostState state;
    const auto looked = addresses_->look(scope, state);
    EXPECT_TRUE(looked) << looked.error().message;
    return state.addresses;
  }
  std::set<InterfaceAddress> lookAtAll() {
    Scope scope;
    scope.everything = true;
    return look(scope);
  }
  std::set<InterfaceAddress> lookAt(const std::set<InterfaceAddress>& addresses) {
    Scope scope;
    scope.addresses = addresses;
    return look(scope);
  }
  void add(const InterfaceAddress& address) {
    const auto added = addresses_->apply(host::AddAddress{address});
    ASSERT_TRUE(added) << added.error().message;
  }
  void remove(const InterfaceAddress& address) {
    const auto removed = addresses_->apply(host::RemoveAddress{address});
    ASSERT_TRUE(removed) << removed.error().message;
  }

  std::optional<Addresses> addresses_;
  const InterfaceAddress gateway_ = address("br0", "10.0.0.1", 27);
  const InterfaceAddress elastic_ = address("eth0", "192.0.2.7", 32);
};

TEST_F(AddressesTest, OneThatIsNoSourceIsNeverChosen) {
  const InterfaceAddress reached{"eth0", {0xc0000207}, 32, false};
  add(elastic_);
  add(reached);
  EXPECT_EQ(lookAtAll(), std::set{reached}) << "made anew: a former version made it a source";
  output("ip address add 192.0.2.200/32 dev eth0 && ip route add 192.0.2.1 dev eth0 scope link");
  EXPECT_THAT(output("ip route get 192.0.2.1"), ::testing::HasSubstr("src 192.0.2.200"));
  EXPECT_THAT(output("ip route get 192.0.2.7"), ::testing::HasSubstr("local 192.0.2.7"));
  output("ip address del 192.0.2.200/32 dev eth0");
  EXPECT_THAT(output("ip route get 192.0.2.1 || true"),
              ::testing::Not(::testing::HasSubstr("src 192.0.2.7")));
  remove(reached);
  EXPECT_TRUE(lookAtAll().empty());
}

TEST_F(AddressesTest, OursAreToldFromOthers) {
  output("ip address add 10.9.0.1/24 dev br0");
  add(gateway_);
  add(elastic_);
  EXPECT_EQ(lookAtAll(), (std::set{gateway_, elastic_}));
  EXPECT_EQ(lookAt({elastic_, address("br0", "10.9.0.1", 24), address("absent", "10.9.0.1", 24)}),
            std::set{elastic_});
}

// The quick way to see that an address is not there must not miss one that is.
TEST_F(AddressesTest, AreFoundWhateverTheDeviceAndTheRoutesAreLike) {
  const auto other = address("eth0", "192.0.2.8", 32);
  add(elastic_);
  EXPECT_TRUE(lookAt({other}).empty());
  EXPECT_EQ(lookAt({other, elastic_}), std::set{elastic_});
  // Then its routes are gone.
  output("ip link set eth0 down");
  EXPECT_EQ(lookAt({other, elastic_}), std::set{elastic_});
  output("ip link set eth0 up");
  // Ahead of the table of local addresses.
  output("ip rule add pref 100 lookup local && ip rule del pref 0");
  output("ip rule add pref 50 lookup 50 && ip route add blackhole 192.0.2.0/24 table 50");
  EXPECT_EQ(lookAt({other, elastic_}), std::set{elastic_});
  output("sysctl -qw net.ipv4.ip_nonlocal_bind=1");
  EXPECT_EQ(lookAt({other, elastic_}), std::set{elastic_});
  EXPECT_TRUE(lookAt({other}).empty());
}

TEST_F(AddressesTest, AGatewayHasTheRouteAndTheBroadcastAddressOfItsNetwork) {
  add(gateway_);
  add(elastic_);
  output("ip route show 10.0.0.0/27 dev br0 | grep -q 'scope link src 10.0.0.1'");
  output("ip address show dev br0 | grep -q '10.0.0.1/27 brd 10.0.0.31 scope global br0'");
  output("! ip address show dev eth0 | grep -q '192.0.2.7/32 brd'");
}

TEST_F(AddressesTest, AddingAndRemovingTwiceIsOnce) {
  add(gateway_);
  add(gateway_);
  EXPECT_EQ(lookAtAll(), std::set{gateway_});
  remove(gateway_);
  remove(gateway_);
  EXPECT_TRUE(lookAtAll().empty());
}

TEST_F(AddressesTest, SomebodyElsesAddressIsRefusedAndUntouched) {
  output("ip address add 10.0.0.1/27 dev br0");
  const auto added = addresses_->apply(host::AddAddress{gateway_});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::Conflict);
  EXPECT_THAT(added.error().message, ::testing::HasSubstr("10.0.0.1/27 on br0"));
  EXPECT_TRUE(lookAtAll().empty());
  output("ip address show dev br0 | grep -q 10.0.0.1/27");
}

TEST_F(AddressesTest, AnAbsentDeviceIsAnErrorForAddingAndNoneForRemoving) {
  const auto added = addresses_->apply(host::AddAddress{address("br9", "10.0.0.1", 27)});
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().message, ::testing::HasSubstr("br9"));
  remove(address("br9", "10.0.0.1", 27));
}

TEST_F(AddressesTest, GatewaysOfManyNetworksOnOneWireDoNotDisturbEachOther) {
  for (std::uint32_t network = 0; network < 100; ++network) {
    add({"br0", gateway_.address + 32 * network, 27});
  }
  remove(gateway_);
  remove({"br0", gateway_.address + 32 * 50, 27});
  EXPECT_EQ(lookAtAll().size(), 98U);
}

TEST_F(AddressesTest, AnAddressGoesWithItsDevice) {
  add(gateway_);
  output("ip link del br0");
  EXPECT_TRUE(lookAt({gateway_}).empty());
  EXPECT_TRUE(lookAtAll().empty());
}

TEST_F(AddressesTest, AKernelThatDoesNotKeepTheProtocolIsNoticed) {
  auto socket = RouteSocket::open().value();
  EXPECT_TRUE(knowsAddressAttribute(socket, IFA_PROTO));
  // Unknown to every kernel, as IFA_PROTO is to those before 5.18.
  EXPECT_FALSE(knowsAddressAttribute(socket, 250));
}

TEST_F(AddressesTest, TheAddressesOfAllAreReadAsTheyAre) {
  output("ip address add 172.16.5.4/20 dev br0");
  add(gateway_);
  auto socket = RouteSocket::open().value();
  const auto index = findLink(socket, "br0").value()->index;
  EXPECT_THAT(readAddresses(socket).value(),
              ::testing::IsSupersetOf(
                  {AssignedAddress{index, net::parseIpv4Address("172.16.5.4").value(), 20, 0},
                   AssignedAddress{index, gateway_.address, 27, host::kAddressProtocol}}));
}

}  // namespace
}  // namespace netctl::kernel
