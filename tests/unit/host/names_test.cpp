#include "modes/host/names.h"

#include <gtest/gtest.h>

namespace netctl::host {
namespace {

TEST(Names, AVlanDeviceIsNamedByItsTrunkWhereThatFits) {
  EXPECT_EQ(vlanDevice("eth0", net::Tag{2}), "eth0.2");
  EXPECT_EQ(vlanDevice("enp65s0f1n", net::Tag{4094}), "enp65s0f1n.4094");
  EXPECT_EQ(vlanDevice("enp65s0f1np", net::Tag{4094}), "nc4094");
}

TEST(Names, ASegmentsBridgeTellsItsTag) {
  EXPECT_EQ(segmentBridge(net::Tag{4094}), "eucabr4094");
  EXPECT_EQ(segmentTag("eucabr4094"), net::Tag{4094});
  EXPECT_EQ(segmentTag("eucabr2"), net::Tag{2});
}

TEST(Names, OtherBridgesHaveNoTag) {
  for (const auto* name : {"eucabr", "eucabr1", "eucabr4095", "eucabr02", "eucabr5x", "eucabr+5",
                           "eucabr70000", "br5", ""}) {
    EXPECT_FALSE(segmentTag(name)) << name;
  }
}

}  // namespace
}  // namespace netctl::host
