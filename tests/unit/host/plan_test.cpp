#include "modes/host/plan.h"

#include "modes/host/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::host {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

net::Ipv4Address address(std::string_view text) {
  return *net::parseIpv4Address(text);
}

SetMember member(std::string_view text) {
  SetMember member;
  member.address = address(text);
  return member;
}

const net::MacAddress kMac = *net::parseMacAddress("d0:0d:0a:1b:2c:3d");

/// A small host with one of everything.
HostState small() {
  HostState state;
  state.sysctls["net.ipv4.ip_forward"] = "1";
  state.ports["vnet0"] = {"i-0a1b2c3d", "br0", true};
  state.addresses.insert({"br0", address("172.16.0.1"), 27});
  state.sets["nc_a"] = {SetType::HashIp, {member("172.16.0.9"), member("172.16.0.10")}};
  Rule rule;
  rule.set = SetMatch{"nc_a", {SetMatch::Direction::Source}, false};
  state.chains[{Table::Filter, "NC_FORWARD"}] = {rule};
  state.jumps[{Table::Filter, "FORWARD"}] = "NC_FORWARD";
  state.dhcp.networks[net::Tag{2}] = {address("172.16.0.1")};
  state.dhcp.hosts[kMac] = {address("172.16.0.9"), net::Tag{2}, "ip-172-16-0-9"};
  state.dhcp.server = DhcpServer{*net::parseIpv4Prefix("172.16.0.0/16"),
                                 address("255.255.255.224"),
                                 {"br0"},
                                 {},
                                 "",
                                 120,
                                 1500};
  return state;
}

std::vector<std::string> lines(const Plan& plan) {
  std::vector<std::string> lines;
  for (const auto& line : describe(plan)) {
    lines.push_back(std::string(line.phase) + ": " + std::string(line.action) + " " + line.object);
  }
  return lines;
}

TEST(Diff, OfEqualStatesIsEmpty) {
  EXPECT_TRUE(diff(small(), small()).empty());
  EXPECT_TRUE(diff({}, {}).empty());
}

TEST(Diff, GrowsInTheOrderThatNeverOpensEarly) {
  EXPECT_THAT(
      lines(diff(small(), {})),
      ElementsAre("sysctls: change sysctl net.ipv4.ip_forward", "add-sets: add set nc_a",
                  "tables: change chain filter NC_FORWARD", "tables: change chain filter FORWARD",
                  "add-addresses: add address br0 172.16.0.1/27", "dhcp: change dhcp network 2",
                  "dhcp: change dhcp host d0:0d:0a:1b:2c:3d", "dhcp: change dhcp server",
                  "announce: change neighbours of br0", "open-ports: add port vnet0"));
}

TEST(Diff, ShrinksTheOtherWayRound) {
  EXPECT_THAT(
      lines(diff({}, small())),
      ElementsAre("close-ports: remove port vnet0",
                  "remove-addresses: remove address br0 172.16.0.1/27",
                  "tables: remove chain filter NC_FORWARD", "tables: change chain filter FORWARD",
                  "remove-sets: remove set nc_a", "dhcp: remove dhcp host d0:0d:0a:1b:2c:3d",
                  "dhcp: remove dhcp network 2", "dhcp: remove dhcp server"));
}

TEST(Diff, WritesOnlyTheMembersThatDiffer) {
  auto desired = small();
  desired.sets["nc_a"].members = {member("172.16.0.9"), member("172.16.0.11")};
  const auto plan = diff(desired, small());
  ASSERT_EQ(plan.steps.size(), 2U);
  EXPECT_THAT(std::get<AddMembers>(plan.steps[0].action).members,
              ElementsAre(member("172.16.0.11")));
  EXPECT_THAT(std::get<RemoveMembers>(plan.steps[1].action).members,
              ElementsAre(member("172.16.0.10")));
}

TEST(Diff, ClosesAPortBeforeAnotherInstanceGetsItsDevice) {
  auto desired = small();
  desired.ports["vnet0"].instance = "i-00000001";
  EXPECT_THAT(lines(diff(desired, small())),
              ElementsAre("close-ports: remove port vnet0", "open-ports: add port vnet0"));
}

TEST(Diff, RepairsAJumpThatGoesElsewhere) {
  auto observed = small();
  observed.jumps[{Table::Filter, "FORWARD"}] = "NC_FORWARD (twice)";
  EXPECT_THAT(lines(diff(small(), observed)), ElementsAre("tables: change chain filter FORWARD"));
}

TEST(Diff, MakesAnewWhatIsForeign) {
  auto observed = small();
  observed.foreign.sets = {"nc_a"};
  observed.foreign.chains = {{Table::Filter, "NC_FORWARD"}};
  observed.foreign.jumps = {{Table::Filter, "FORWARD"}};
  observed.foreign.dhcp_networks = {net::Tag{2}};
  observed.foreign.dhcp_server = true;
  EXPECT_THAT(lines(diff(small(), observed)),
              ElementsAre("add-sets: add set nc_a", "tables: change chain filter NC_FORWARD",
                          "tables: change chain filter FORWARD", "dhcp: change dhcp network 2",
                          "dhcp: change dhcp server"));
}

TEST(Diff, RemovesWhatIsForeignAndNotDesired) {
  HostState observed;
  observed.segments[net::Tag{5}] = {"eth1", "eth1.5", ""};
  observed.foreign.segments = {net::Tag{5}};
  const auto plan = diff({}, observed);
  ASSERT_THAT(lines(plan), ElementsAre("remove-segments: remove segment 5"));
  EXPECT_EQ(std::get<RemoveSegment>(plan.steps[0].action).segment.vlan_device, "eth1.5");
}

TEST(Diff, ReplacesAllGuardsWithForeignRules) {
  HostState desired;
  desired.guards.rules = GuardRules{.shared_bridge = "br0"};
  desired.guards.ports["vnet0"] = {kMac};
  auto observed = desired;
  EXPECT_TRUE(diff(desired, observed).empty());
  observed.foreign.guard_rules = true;
  EXPECT_THAT(lines(diff(desired, observed)),
              ElementsAre("guards: change guard rules", "guards: add guard vnet0"));
  observed.foreign = {};
  observed.foreign.guards = {"vnet0"};
  EXPECT_THAT(lines(diff(desired, observed)), ElementsAre("guards: change guard vnet0"));
}

TEST(Diff, DoesNotMindWhoIsAnnouncedAtAPort) {
  auto desired = small();
  desired.ports["vnet0"].mac = kMac;
  EXPECT_TRUE(diff(desired, small()).empty()) << "the kernel cannot tell";
  const auto plan = diff(desired, {});
  EXPECT_EQ(std::get<OpenPort>(plan.steps.back().action).port.mac, kMac);
}

TEST(ScopeOf, NamesWhatThePlanTouches) {
  const auto scope = scopeOf(diff(small(), {}));
  EXPECT_EQ(restrict(small(), scope), small());
  EXPECT_TRUE(scope.touches(Table::Filter));
  EXPECT_FALSE(scope.touches(Table::Nat));
}

TEST(Scope, OverlapsWhereTheyMeanTheSame) {
  Scope whole;
  whole.sets.insert("nc_a");
  Scope part;
  part.members["nc_a"].insert(member("172.16.0.9"));
  Scope other;
  other.members["nc_a"].insert(member("172.16.0.10"));
  EXPECT_TRUE(whole.overlaps(part));
  EXPECT_TRUE(part.overlaps(whole));
  EXPECT_FALSE(part.overlaps(other));
  Scope family;
  family.chain_families.insert({Table::Filter, "NC_W"});
  Scope chain;
  chain.chains.insert({Table::Filter, "NC_W_0a"});
  EXPECT_TRUE(family.overlaps(chain));
  EXPECT_TRUE(chain.overlaps(family));
  Scope everything;
  everything.everything = true;
  EXPECT_TRUE(everything.overlaps(chain));
  EXPECT_FALSE(everything.overlaps(Scope{}));
}

TEST(Scope, CoversWhatMeansNothingBeyondIt) {
  Scope whole;
  whole.sets.insert("nc_a");
  Scope part;
  part.members["nc_a"].insert(member("172.16.0.9"));
  EXPECT_TRUE(whole.covers(part));
  EXPECT_FALSE(part.covers(whole)) << "its existence";
  Scope family;
  family.chain_families.insert({Table::Filter, "NC_W"});
  Scope chain;
  chain.chains.insert({Table::Filter, "NC_W_0a"});
  EXPECT_TRUE(family.covers(chain));
  EXPECT_FALSE(chain.covers(family));
  Scope rules;
  rules.guard_rules = true;
  EXPECT_FALSE(whole.covers(rules));
  Scope everything;
  everything.everything = true;
  EXPECT_TRUE(everything.covers(rules));
  EXPECT_FALSE(rules.covers(everything));
}

TEST(Restrict, KeepsWhatIsForeignInIt) {
  auto state = small();
  state.foreign.sets = {"nc_a"};
  state.foreign.ports = {"vnet0"};
  state.foreign.chains = {{Table::Filter, "NC_W_0a"}};
  Scope scope;
  scope.members["nc_a"].insert(member("172.16.0.9"));
  scope.chain_families.insert({Table::Filter, "NC_W"});
  Scope foreign;
  foreign.sets = {"nc_a"};
  foreign.chains = {{Table::Filter, "NC_W_0a"}};
  EXPECT_EQ(restrict(state, scope).foreign, foreign);
}

TEST(Restrict, KeepsMembersOfASetThatIsThere) {
  Scope scope;
  scope.members["nc_a"].insert(member("172.16.0.9"));
  scope.members["nc_a"].insert(member("172.16.0.99"));
  scope.members["nc_missing"].insert(member("172.16.0.9"));
  const auto part = restrict(small(), scope);
  EXPECT_THAT(part.sets.at("nc_a").members, ElementsAre(member("172.16.0.9")));
  EXPECT_FALSE(part.sets.contains("nc_missing"));
  EXPECT_THAT(part.ports, IsEmpty());
}

}  // namespace
}  // namespace netctl::host
