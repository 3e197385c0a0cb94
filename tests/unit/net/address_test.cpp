#include "modes/net/address.h"

#include <gtest/gtest.h>

namespace netctl::net {
namespace {

TEST(Ipv4Address, ParsesStrictDottedQuads) {
  EXPECT_EQ(parseIpv4Address("192.168.0.9")->value, 0xc0a80009U);
  EXPECT_EQ(parseIpv4Address("255.255.255.255")->value, 0xffffffffU);
  EXPECT_EQ(format(*parseIpv4Address("0.0.0.0")), "0.0.0.0");
  for (const auto* text :
       {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1..2.3",
        "1.2.3.", "a.b.c.d", "1.2.3.-4", "1.2.3.+4", "0x1.2.3.4"}) {
    EXPECT_FALSE(parseIpv4Address(text)) << text;
  }
}

TEST(Ipv4Prefix, ClearsHostBitsAndWantsALength) {
  EXPECT_EQ(format(*parseIpv4Prefix("10.1.2.3/8")), "10.0.0.0/8");
  EXPECT_EQ(format(*parseIpv4Prefix("0.0.0.0/0")), "0.0.0.0/0");
  for (const auto* text : {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/99", "10.0.0.0/-1",
                           "10.0.0.0/08", "10.0.0/8", "/8"}) {
    EXPECT_FALSE(parseIpv4Prefix(text)) << text;
  }
}

TEST(Ipv4Prefix, KnowsItsBounds) {
  const auto prefix = *parseIpv4Prefix("192.168.0.32/27");
  EXPECT_EQ(format(prefix.first()), "192.168.0.32");
  EXPECT_EQ(format(prefix.last()), "192.168.0.63");
  EXPECT_EQ(prefix.size(), 32U);
  EXPECT_EQ(parseIpv4Prefix("0.0.0.0/0")->size(), std::uint64_t{1} << 32U);
  EXPECT_TRUE(prefix.contains(*parseIpv4Address("192.168.0.63")));
  EXPECT_FALSE(prefix.contains(*parseIpv4Address("192.168.0.64")));
  EXPECT_TRUE(parseIpv4Prefix("192.168.0.0/16")->overlaps(prefix));
  EXPECT_TRUE(prefix.overlaps(*parseIpv4Prefix("192.168.0.0/16")));
  EXPECT_FALSE(prefix.overlaps(*parseIpv4Prefix("192.168.0.64/27")));
}

TEST(Netmask, MustBeContiguous) {
  EXPECT_EQ(*prefixLength(*parseIpv4Address("255.255.0.0")), 16);
  EXPECT_EQ(*prefixLength(*parseIpv4Address("0.0.0.0")), 0);
  EXPECT_EQ(*prefixLength(*parseIpv4Address("255.255.255.255")), 32);
  EXPECT_FALSE(prefixLength(*parseIpv4Address("255.0.255.0")));
}

}  // namespace
}  // namespace netctl::net
