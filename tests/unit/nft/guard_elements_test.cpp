#include "modes/nft/guard_elements.h"

#include <gtest/gtest.h>

namespace netctl::nft {
namespace {

using host::Guard;

constexpr net::MacAddress kMac{{0xd0, 0x0d, 0, 0, 0, 1}};

TEST(GuardComment, SaysAllOfTheGuard) {
  for (const auto& guard : {Guard{kMac, net::Ipv4Address{0x0a050001}, net::Tag{4094}}, Guard{kMac},
                            Guard{kMac, {}, net::Tag{2}}, Guard{kMac, net::Ipv4Address{0}, {}},
                            Guard{kMac, net::Ipv4Address{0}, {}, true}}) {
    EXPECT_EQ(parseGuard(guardComment(guard)), guard);
    EXPECT_EQ(portElements("vnet1", guard).front().said, guard);
    EXPECT_EQ(unseenElements(guard).front().said, guard);
  }
}

TEST(GuardComment, OfSomebodyElseIsNone) {
  for (const auto* comment :
       {"", "web server", "d0:0d:00:00:00:01", "d0:0d:00:00:00:01 10.5.0.1", "d0:0d 10.5.0.1 5",
        "d0:0d:00:00:00:01 10.5.0 5", "d0:0d:00:00:00:01 10.5.0.1 red",
        "d0:0d:00:00:00:01 10.5.0.1 5x", "d0:0d:00:00:00:01 10.5.0.1 99999999",
        "d0:0d:00:00:00:01 10.5.0.1 5 6", "d0:0d:00:00:00:01 10.5.0.1 5 migrating 6"}) {
    EXPECT_FALSE(parseGuard(comment)) << comment;
  }
}

}  // namespace
}  // namespace netctl::nft
