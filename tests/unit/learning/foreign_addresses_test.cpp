#include "netctl/kernel/learning/foreign_addresses.h"

#include "netctl/kernel/learning/own_addresses.h"

#include <gtest/gtest.h>

namespace netctl::kernel {
namespace {

const net::MacAddress kInstance = *net::parseMacAddress("d0:0d:00:00:00:01");
const net::MacAddress kOther = *net::parseMacAddress("02:00:00:00:00:99");

net::Ipv4Address address(std::string_view text) {
  return *net::parseIpv4Address(text);
}

TEST(ForeignAddresses, WhatIsNobodysMayBeTaken) {
  const ForeignAddresses foreign;
  EXPECT_FALSE(foreign.holderOf(address("192.0.2.1"), kInstance));
}

TEST(ForeignAddresses, WhatAnotherMachineHasMayNot) {
  ForeignAddresses foreign;
  foreign.seen(address("192.0.2.1"), kOther);
  EXPECT_EQ(foreign.holderOf(address("192.0.2.1"), kInstance), "02:00:00:00:00:99 on the wire");
  EXPECT_FALSE(foreign.holderOf(address("192.0.2.2"), kInstance));
  EXPECT_FALSE(foreign.reservedFor(address("192.0.2.1"))) << "a lease may move it";
}

TEST(ForeignAddresses, WhatTheInstanceHadElsewhereIsItsOwn) {
  ForeignAddresses foreign;
  foreign.seen(address("192.0.2.1"), kInstance);
  EXPECT_FALSE(foreign.holderOf(address("192.0.2.1"), kInstance));
  foreign.seen(address("192.0.2.1"), kOther);
  EXPECT_TRUE(foreign.holderOf(address("192.0.2.1"), kInstance));
}

TEST(ForeignAddresses, OfTheHostItsRoutersAndServersGoToNobody) {
  ForeignAddresses foreign;
  foreign.setOwn({address("192.0.2.2")}, {address("192.0.2.3")});
  foreign.named(address("192.0.2.4"));
  EXPECT_EQ(foreign.reservedFor(address("192.0.2.2")), "this host");
  EXPECT_EQ(foreign.reservedFor(address("192.0.2.3")), "this host's router");
  EXPECT_EQ(foreign.reservedFor(address("192.0.2.4")), "the site's router or DHCP server");
  EXPECT_TRUE(foreign.holderOf(address("192.0.2.3"), kInstance));
}

TEST(ForeignAddresses, RememberNoMoreThanTheyMay) {
  ForeignAddresses foreign;
  for (std::uint32_t i = 0; i <= ForeignAddresses::kMost; ++i) {
    foreign.seen(address("10.0.0.0") + i, kOther);
  }
  EXPECT_FALSE(foreign.holderOf(address("10.0.0.0"), kInstance));
  EXPECT_TRUE(foreign.holderOf(address("10.0.0.1"), kInstance));
}

TEST(OwnAddresses, RoutersAreThoseOfRoutesWithOne) {
  const auto* routes =
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
      "eth0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\n"
      "eth0\t0002A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n";
  EXPECT_EQ(parseRouters(routes), std::set{address("192.168.2.1")});
  EXPECT_TRUE(parseRouters("").empty());
}

}  // namespace
}  // namespace netctl::kernel
