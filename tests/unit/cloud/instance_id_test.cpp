#include "modes/cloud/objects.h"

#include <gtest/gtest.h>

namespace netctl::cloud {
namespace {

TEST(InstanceId, IsWrittenAsGivenAndComparedWithoutCase) {
  const auto upper = InstanceId::parse("i-0A1B2C3D").value();
  const auto lower = InstanceId::parse("I-0a1b2c3d").value();
  EXPECT_EQ(upper, lower);
  EXPECT_EQ(upper.text(), "i-0A1B2C3D");
  EXPECT_EQ(upper.canonical(), "i-0a1b2c3d");
}

TEST(InstanceId, HasTheLastEightDigitsInItsMac) {
  EXPECT_EQ(net::format(InstanceId::parse("i-3A2B4C5D")->mac({})), "d0:0d:3a:2b:4c:5d");
  EXPECT_EQ(net::format(InstanceId::parse("i-0123456789abcdef0")->mac({{0x02, 0x00}})),
            "02:00:9a:bc:de:f0");
}

TEST(InstanceId, HasEightOrSeventeenDigits) {
  for (const auto* text :
       {"", "i-", "i-0a1b2c3", "i-0a1b2c3d4", "i-0a1b2c3g", "0a1b2c3d", "j-0a1b2c3d",
        "i-0123456789abcdef", "i-0123456789abcdef01", "i-0a1b2c3d\n"}) {
    const auto id = InstanceId::parse(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().reason, "InvalidInstanceID.Malformed");
  }
}

}  // namespace
}  // namespace netctl::cloud
