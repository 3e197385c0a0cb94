#include "modes/net/mac.h"
#include "modes/net/protocol.h"

#include <gtest/gtest.h>

namespace netctl::net {
namespace {

TEST(MacAddress, ParsesEitherCaseAndFormatsLower) {
  EXPECT_EQ(format(*parseMacAddress("D0:0d:0A:1b:2C:3d")), "d0:0d:0a:1b:2c:3d");
  for (const auto* text : {"", "d0:0d:0a:1b:2c", "d0:0d:0a:1b:2c:3d:4e", "d0-0d-0a-1b-2c-3d",
                           "d0:0d:0a:1b:2c:3g", "d00d0a1b2c3d", "d:0:0:1:2:3"}) {
    EXPECT_FALSE(parseMacAddress(text)) << text;
  }
}

TEST(MacPrefix, IsUnicast) {
  EXPECT_EQ(format(*parseMacPrefix("D0:0D")), "d0:0d");
  EXPECT_FALSE(parseMacPrefix("d1:0d"));
  EXPECT_FALSE(parseMacPrefix("d0:0d:0a"));
  EXPECT_TRUE(MacPrefix{}.matches(*parseMacAddress("d0:0d:00:00:00:01")));
  EXPECT_FALSE(MacPrefix{}.matches(*parseMacAddress("d0:0e:00:00:00:01")));
}

TEST(Protocol, NumbersEqualNames) {
  EXPECT_EQ(*parseProtocol("6"), kTcp);
  EXPECT_EQ(*parseProtocol("-1"), kAnyProtocol);
  EXPECT_EQ(format(*parseProtocol("17")), "udp");
  EXPECT_EQ(format(*parseProtocol("47")), "47");
  for (const auto* text : {"", "TCP", "256", "-2", "6 ", "sctp", "1e1"}) {
    EXPECT_FALSE(parseProtocol(text)) << text;
  }
}

}  // namespace
}  // namespace netctl::net
