// What the guards' driver sees of the kernel is what was applied, and nothing that somebody
// changed.

#include "modes/host/names.h"

#include "tests/kernel/support/guarded_bridge.h"

#include <fmt/format.h>

namespace netctl::kernel {
namespace {

using host::Guard;
using host::GuardRules;
using host::Guards;
using host::Scope;
using ::testing::HasSubstr;
using ::testing::Not;

net::MacAddress macNumbered(unsigned number) {
  return {{0xd0, 0x0d, 0, static_cast<std::uint8_t>(number >> 16U),
           static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)}};
}

Guard guardNumbered(unsigned number) {
  return {macNumbered(number), net::Ipv4Address{0x0a000000U + number},
          net::Tag{static_cast<std::uint16_t>(2 + number % 1000)}};
}

Guards someGuards() {
  Guards guards;
  guards.rules = {.shared_bridge = "br0", .mac_prefix = {{0xd0, 0x0d}}, .parts_networks = true};
  guards.ports = {{"vnet1", {macNumbered(1), ip("10.5.0.10"), kRed}},
                  {"a-tap.of;15}let", {macNumbered(2), ip("10.6.0.11"), kBlue}}};
  guards.unseen = {{macNumbered(3), {macNumbered(3), {}, kRed}}};
  guards.members = {{macNumbered(1), kRed}, {macNumbered(2), kBlue}, {macNumbered(3), kRed}};
  return guards;
}

/// All that there is of these guards, by name.
Scope scopeOf(const Guards& guards) {
  return host::scopeOf(host::Plan{{{host::Phase::Guards, creation(guards)}}});
}

class BridgeGuardsStateTest : public GuardedBridge {
 protected:
  /// Both kinds of look see the same.
  void expectThere(const Guards& guards) {
    EXPECT_EQ(lookAtAll(), guards);
    EXPECT_EQ(look(scopeOf(guards)), guards);
  }
  /// Somebody changes the table; it is seen, and mended by what is seen.
  void expectMended(const std::string& change) {
    SCOPED_TRACE(change);
    const auto guards = someGuards();
    output(change);
    const auto seen = lookAtAll();
    EXPECT_NE(seen, guards);
    apply(difference(seen, guards));
    expectThere(guards);
  }
};

TEST_F(BridgeGuardsStateTest, WithoutATableThereAreNone) {
  EXPECT_EQ(lookAtAll(), Guards{});
  EXPECT_EQ(look(scopeOf(someGuards())), Guards{});
  EXPECT_THAT(output("nft list ruleset"), ::testing::IsEmpty()) << "a look writes nothing";
}

TEST_F(BridgeGuardsStateTest, WhatWasAppliedIsThere) {
  make(someGuards());
  expectThere(someGuards());
  make(someGuards());
  expectThere(someGuards());
}

TEST_F(BridgeGuardsStateTest, EachKindOfRulesIsTold) {
  for (const bool ipv6 : {false, true}) {
    for (const bool parts : {false, true}) {
      Guards guards;
      guards.rules = GuardRules{.shared_bridge = "virbr0",
                                .mac_prefix = {{0x02, 0xaa}},
                                .ipv6 = ipv6,
                                .parts_networks = parts};
      make(guards);
      expectThere(guards);
    }
  }
}

TEST_F(BridgeGuardsStateTest, ChangesOfSingleGuardsAreMadeAndSeen) {
  auto before = someGuards();
  make(before);
  const auto change = [&](const std::function<void(Guards&)>& edit) {
    auto after = before;
    edit(after);
    const auto step = difference(before, after);
    EXPECT_FALSE(step.rules);
    apply(step);
    expectThere(after);
    before = after;
  };
  change([](auto& guards) { guards.ports["vnet1"].address = ip("10.5.0.12"); });
  change([](auto& guards) { guards.ports["vnet1"].address.reset(); });
  change([](auto& guards) { guards.ports["vnet1"].network = kBlue; });
  change([](auto& guards) { guards.members[macNumbered(1)] = kBlue; });
  change([](auto& guards) {  // seen at last
    guards.ports["vnet3"] = guards.unseen.at(macNumbered(3));
    guards.unseen.clear();
  });
  change([](auto& guards) { std::swap(guards.ports["vnet1"], guards.ports["vnet3"]); });
  change([](auto& guards) {  // another device
    guards.ports["tap7"] = guards.ports.at("vnet1");
    guards.ports.erase("vnet1");
  });
  change([](auto& guards) { guards.members.erase(macNumbered(2)); });
  change([](auto& guards) { guards.ports.clear(); });
  change([](auto& guards) { guards.members.clear(); });
}

TEST_F(BridgeGuardsStateTest, OtherRulesComeWithAllThatIsInThem) {
  make(someGuards());
  auto after = someGuards();
  after.rules->ipv6 = true;
  after.ports.erase("vnet1");
  apply(difference(someGuards(), after));
  expectThere(after);
}

TEST_F(BridgeGuardsStateTest, TheyGoWithoutATrace) {
  make(someGuards());
  apply(difference(someGuards(), {}));
  EXPECT_THAT(output("nft list ruleset"), ::testing::IsEmpty());
  apply(difference(someGuards(), {}));
}

TEST_F(BridgeGuardsStateTest, WhoeverChangesARuleIsFoundOut) {
  make(someGuards());
  for (const auto* change :
       {"nft delete rule bridge netctl from_port handle "
        "$(nft -a list chain bridge netctl from_port | sed -n 's/.*foreign_mac.*handle //p')",
        "nft insert rule bridge netctl from_port accept",
        "nft add rule bridge netctl to_port accept",
        "nft replace rule bridge netctl from_port handle "
        "$(nft -a list chain bridge netctl from_port | sed -n 's/.*foreign_mac.*handle //p') "
        "'iifname . ether saddr != @port_macs counter name foreign_mac accept'",
        "nft flush chain bridge netctl to_port",
        "nft chain bridge netctl forward '{ policy drop; }'",
        "nft add chain bridge netctl mine '{ type filter hook prerouting priority -300; }'",
        "nft flush set bridge netctl seal", "nft delete table bridge netctl",
        "nft delete table bridge netctl; nft add table bridge netctl"}) {
    expectMended(change);
  }
}

TEST_F(BridgeGuardsStateTest, WhoeverChangesAnElementIsFoundOut) {
  make(someGuards());
  for (const auto* change :
       {"nft delete element bridge netctl ports '{ \"vnet1\" }'",
        "nft delete element bridge netctl port_macs '{ \"vnet1\" . d0:0d:00:00:00:01 }'",
        "nft delete element bridge netctl own_addresses '{ d0:0d:00:00:00:01 . 10.5.0.10 }'",
        "nft delete element bridge netctl member_networks '{ d0:0d:00:00:00:01 . 5 }'",
        "nft delete element bridge netctl members '{ d0:0d:00:00:00:01 }'",
        "nft add element bridge netctl own_addresses '{ d0:0d:00:00:00:01 . 10.5.0.99 }'",
        "nft add element bridge netctl any_address '{ d0:0d:00:00:00:01 }'",
        "nft add element bridge netctl port_macs '{ \"vnet1\" . d0:0d:00:00:00:02 }'",
        "nft add element bridge netctl ports '{ \"vnet9\" }'",
        "nft add element bridge netctl members '{ d0:0d:00:00:00:09 : 5 }'",
        "nft flush set bridge netctl port_networks"}) {
    expectMended(change);
  }
}

TEST_F(BridgeGuardsStateTest, AGuardThatLacksAnElementIsMendedByItself) {
  make(someGuards());
  output("nft delete element bridge netctl own_addresses '{ d0:0d:00:00:00:01 . 10.5.0.10 }'");
  output("nft delete element bridge netctl member_networks '{ d0:0d:00:00:00:02 . 6 }'");
  Scope scope;
  scope.guards = {"vnet1"};
  scope.guard_members = {macNumbered(1), macNumbered(2)};
  host::HostState desired;
  desired.guards = someGuards();
  const auto part = host::restrict(desired, scope).guards;
  const auto seen = look(scope);
  EXPECT_NE(seen.ports, part.ports);
  EXPECT_EQ(seen.members.at(macNumbered(1)), kRed);
  EXPECT_NE(seen.members.at(macNumbered(2)), kBlue);
  apply(difference(seen, part));
  expectThere(someGuards());
}

TEST_F(BridgeGuardsStateTest, WhatFramesDoIsNoChange) {
  make(someGuards());
  output("nft reset counters table bridge netctl");
  output("nft add table bridge site; nft add set bridge site s '{ type ifname; }'");
  expectThere(someGuards());
}

TEST_F(BridgeGuardsStateTest, OthersTablesAreLeftAlone) {
  output(
      "nft add table bridge site; nft add chain bridge site c '{ type filter hook forward "
      "priority 0; }'; nft add rule bridge site c ether type ip counter accept; "
      "nft add table inet netctl; nft add set inet netctl ports '{ type ifname; }'; "
      "nft add element inet netctl ports '{ \"vnet1\" }'");
  const auto before = output("nft list ruleset");
  make(someGuards());
  EXPECT_THAT(output("nft list ruleset"), HasSubstr("table bridge netctl"));
  expectThere(someGuards());
  apply(difference(someGuards(), {}));
  EXPECT_EQ(output("nft list ruleset"), before);
}

TEST_F(BridgeGuardsStateTest, AChangeWithoutATableIsAnError) {
  auto after = someGuards();
  after.ports.erase("vnet1");
  const auto applied = guards_->apply(difference(someGuards(), after));
  ASSERT_FALSE(applied);
  EXPECT_TRUE(applied.error().retryable());
  EXPECT_THAT(applied.error().message, HasSubstr("bridge netctl"));
  EXPECT_THAT(applied.error().message, Not(HasSubstr("\n")));
}

TEST_F(BridgeGuardsStateTest, ARefusedStepChangesNothing) {
  make(someGuards());
  host::EditGuards step;
  step.ports["vnet7"] = {{}, guardNumbered(7)};
  // As if somebody had put it there meanwhile.
  output("nft add element bridge netctl members '{ d0:0d:00:00:00:07 : 99 }'");
  step.members[macNumbered(7)] = {{}, kRed};
  EXPECT_FALSE(guards_->apply(step));
  Scope scope;
  scope.guards = {"vnet7"};
  EXPECT_EQ(look(scope), Guards{});
}

TEST_F(BridgeGuardsStateTest, OneOfTenThousandIsChangedAlone) {
  constexpr unsigned kMany = 10000;
  auto guards = someGuards();
  for (unsigned number = 10; number < 10 + kMany; ++number) {
    const auto guard = guardNumbered(number);
    guards.ports[fmt::format("tap{}", number)] = guard;
    guards.members[guard.mac] = *guard.network;
  }
  make(guards);
  EXPECT_EQ(lookAtAll(), guards);

  auto after = guards;
  after.ports["tap77"].address = ip("10.99.0.1");
  after.ports["tap99999"] = guardNumbered(99999);
  after.members[macNumbered(99999)] = kRed;
  const auto step = difference(guards, after);
  const auto scope = host::scopeOf(host::Plan{{{host::Phase::Guards, step}}});
  apply(step);
  host::HostState desired;
  desired.guards = after;
  EXPECT_EQ(look(scope), host::restrict(desired, scope).guards);
  EXPECT_EQ(lookAtAll(), after);
}

}  // namespace
}  // namespace netctl::kernel
