#include "modes/host/area.h"

#include "modes/host/plan.h"

#include <gtest/gtest.h>

namespace netctl::host {
namespace {

HostState state() {
  HostState state;
  state.sysctls["net.ipv4.ip_forward"] = "1";
  state.ports["vnet0"] = {"i-0a1b2c3d", "br0"};
  state.guards.rules = GuardRules{.shared_bridge = "br0"};
  state.addresses.insert({"br0", {0x0a000001U}, 27});
  state.sets["nc_a"] = {};
  state.chains[{Table::Filter, "NC_A"}] = {};
  state.chains[{Table::Nat, "NC_B"}] = {};
  state.jumps[{Table::Filter, "FORWARD"}] = "NC_A";
  state.foreign.jumps.insert({Table::Filter, "FORWARD"});
  state.nat.rules = NatRules{{{0x0a000000U}, 8}, {}};
  state.dhcp.networks[net::Tag{2}] = {};
  state.metadata.documents[{0x0a000009U}] = "{}";
  return state;
}

TEST(AreaTest, AllAreasTogetherHaveEverything) {
  EXPECT_EQ(only(state(), allAreas()), state());
  EXPECT_EQ(only(state(), {}), HostState{});
}

TEST(AreaTest, ATableIsAnAreaOfItsOwn) {
  const auto part = only(state(), {Area::FilterTable});
  EXPECT_TRUE(part.chains.contains({Table::Filter, "NC_A"}));
  EXPECT_FALSE(part.chains.contains({Table::Nat, "NC_B"}));
  EXPECT_TRUE(part.foreign.jumps.contains({Table::Filter, "FORWARD"}));
  EXPECT_TRUE(part.sets.empty());
}

TEST(AreaTest, EachObjectIsOfOneArea) {
  for (const auto area : allAreas()) {
    const auto part = only(state(), {area});
    const auto areas = areasOf(scopeOf(diff(part, {})));
    if (area == Area::MangleTable || area == Area::DhcpChecksums) {
      EXPECT_EQ(areas, Areas{}) << format(area);
    } else {
      EXPECT_EQ(areas, Areas{area}) << format(area);
    }
  }
}

TEST(AreaTest, TheNamesOfAStateAreThoseOfItsObjects) {
  const auto names = namesOf(state());
  EXPECT_TRUE(names.sets.contains("nc_a"));
  EXPECT_TRUE(names.jumps.contains({Table::Filter, "FORWARD"}));
  EXPECT_TRUE(names.guard_rules);
  EXPECT_EQ(restrict(state(), names), state());
}

}  // namespace
}  // namespace netctl::host
