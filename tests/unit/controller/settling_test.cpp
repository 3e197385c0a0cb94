#include "netctl/controller/settling.h"

#include <gmock/gmock.h>

namespace netctl::controller {
namespace {

using host::Area;
using host::Areas;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Settling, ATableIsLookedAtWhenItStandsStill) {
  Settling settling;
  EXPECT_THAT(settling.seen({Area::FilterTable}), IsEmpty());
  EXPECT_TRUE(settling.isMoving());
  EXPECT_THAT(settling.seen({}), ElementsAre(Area::FilterTable));
  EXPECT_FALSE(settling.isMoving());
  EXPECT_THAT(settling.seen({}), IsEmpty());
}

TEST(Settling, AllTablesWaitForTheLastOne) {
  Settling settling;
  EXPECT_THAT(settling.seen({Area::FilterTable}), IsEmpty());
  EXPECT_THAT(settling.seen({Area::NatTable}), IsEmpty());
  EXPECT_THAT(settling.seen({}), ElementsAre(Area::FilterTable, Area::NatTable));
}

TEST(Settling, WhatIsNoTableIsLookedAtAtOnce) {
  Settling settling;
  EXPECT_THAT(settling.seen({Area::Sets}), ElementsAre(Area::Sets));
  EXPECT_THAT(settling.seen({Area::Sets, Area::MangleTable}), ElementsAre(Area::Sets));
}

TEST(Settling, WhoNeverStopsIsNotWaitedFor) {
  Settling settling;
  for (int round = 0; round < 2; ++round) {
    for (int look = 0; look < Settling::kLooks; ++look) {
      EXPECT_THAT(settling.seen({Area::FilterTable}), IsEmpty());
    }
    EXPECT_THAT(settling.seen({Area::FilterTable}), ElementsAre(Area::FilterTable));
  }
}

}  // namespace
}  // namespace netctl::controller
