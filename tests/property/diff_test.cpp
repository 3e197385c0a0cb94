#include "modes/host/plan.h"
#include "tests/support/fake_host.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace netctl::host {
namespace {

/// A random host state that a kernel would accept: rules name only sets and chains that are there.
HostState randomState(std::mt19937& random) {
  const auto upTo = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random() % (limit + 1));
  };
  HostState state;
  state.sysctls["net.ipv4.ip_forward"] = "1";
  for (unsigned i = 0; i < 4; ++i) {
    if (upTo(1) == 0) continue;
    Set set{upTo(1) == 0 ? SetType::HashIp : SetType::HashNet, {}};
    for (unsigned member = 0; member < 6; ++member) {
      if (upTo(1) == 1) set.members.push_back({.address = {0x0a000000U + member}});
    }
    state.sets["nc_" + std::to_string(i)] = set;
  }
  for (unsigned i = 0; i < 4; ++i) {
    if (upTo(1) == 0) continue;
    state.chains[{Table::Filter, "NC_" + std::to_string(i)}] = {};
  }
  for (auto& [id, chain] : state.chains) {
    for (const auto& [name, set] : state.sets) {
      if (upTo(2) != 0) continue;
      Rule rule;
      rule.set = SetMatch{name, {SetMatch::Direction::Source}, upTo(1) == 1};
      chain.push_back(rule);
    }
    for (const auto& [other, rules] : state.chains) {
      if (other == id || upTo(3) != 0) continue;
      Rule rule;
      rule.target = Goto{other.name};
      chain.push_back(rule);
    }
    if (upTo(1) == 1) state.jumps[{Table::Filter, "FORWARD"}] = id.name;
  }
  if (upTo(3) != 0) state.guards.rules = GuardRules{.shared_bridge = "br0", .ipv6 = upTo(7) == 0};
  if (upTo(3) != 0) state.nat.rules = host::NatRules{{{0x0a000000U + upTo(1)}, 32}, {}};
  // No two lead to one.
  const auto turn = upTo(4);
  for (unsigned i = 0; i < 5; ++i) {
    if (state.nat.rules && upTo(1) == 1)
      state.nat.elastic[{0xcb007100U + i}] = {0x0a000000U + (i + turn) % 5};
    if (state.nat.rules && upTo(1) == 1) {
      state.nat.forwards[{{0xcb007110U}, 6, static_cast<std::uint16_t>(80 + i)}] = {
          {0x0a000000U + upTo(1)}, static_cast<std::uint16_t>(80 + i)};
    }
    const net::Tag tag{static_cast<std::uint16_t>(2 + i)};
    const net::MacAddress mac{{0xd0, 0x0d, 0, 0, 0, static_cast<std::uint8_t>(i)}};
    if (state.nat.rules && upTo(1) == 1) {
      state.nat.senders.insert({{0x0a000000U + upTo(3)}, mac});
    }
    const Guard guard{mac, net::Ipv4Address{0x0a000000U + upTo(3)}, tag};
    if (state.guards.rules) {
      if (upTo(1) == 1) state.guards.ports["tap" + std::to_string(i)] = guard;
      if (upTo(1) == 1) state.guards.unseen[mac] = guard;
      if (upTo(1) == 1)
        state.guards.members[mac] = net::Tag{static_cast<std::uint16_t>(2 + upTo(3))};
    }
    if (upTo(1) == 1) {
      const auto name = std::to_string(tag.value);
      const auto& segment =
          state.segments[tag] = {"eth1", "eth1." + name, "eucabr" + name, 1500 - upTo(1)};
      if (upTo(1) == 1) {
        state.redirects[segment.vlan_device] = {segment.bridge, {{0x0a000000U}, 8}};
      }
    }
    if (upTo(1) == 1) state.addresses.insert({"br0", {0x0a000000U + i}, 32});
    if (upTo(1) == 1)
      state.ports["tap" + std::to_string(i)] = {"i-" + std::to_string(upTo(3)), "br0", true};
    if (upTo(1) == 1) state.dhcp.hosts[mac] = {{0x0a000000U + upTo(3)}, net::Tag{2}, "host"};
    if (upTo(1) == 1) {
      state.dhcp.networks[tag] = {{0x0a000000U + upTo(3)}};
    }
  }
  return state;
}

testing::FakeHost hostWith(HostState state) {
  testing::FakeHost host;
  host.bridges = {"br0"};
  for (unsigned i = 0; i < 5; ++i) host.devices.insert("tap" + std::to_string(i));
  host.state = std::move(state);
  return host;
}

/// A set that is in use cannot change its type: such pairs of states need two rounds on any kernel.
bool changesASetsType(const HostState& a, const HostState& b) {
  return std::any_of(a.sets.begin(), a.sets.end(), [&](const auto& entry) {
    const auto found = b.sets.find(entry.first);
    return found != b.sets.end() && found->second.type != entry.second.type;
  });
}

TEST(DiffProperty, AppliedToWhatWasObservedGivesWhatIsDesired) {
  std::mt19937 random(20261120);
  unsigned applied = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto observed = randomState(random);
    const auto desired = randomState(random);
    if (changesASetsType(observed, desired)) continue;
    auto host = hostWith(observed);
    const auto plan = diff(desired, observed);
    const auto failed = host.apply(plan);
    ASSERT_TRUE(failed.empty()) << failed.front().error.message;
    ASSERT_EQ(host.state, desired) << "round " << round;
    ASSERT_TRUE(diff(desired, host.state).empty());
    ++applied;
  }
  EXPECT_GT(applied, 500U);
}

bool isGuard(Phase phase) {
  return phase == Phase::Guards || phase == Phase::AddSets || phase == Phase::RemoveMembers ||
         phase == Phase::Tables;
}

/// Every step in turn is refused: what is open then was open before, where a guard is missing, and
/// the next plan leads there all the same.
TEST(DiffProperty, EveryFaultEndsClosedAndIsMended) {
  std::mt19937 random(20261130);
  unsigned guards = 0;
  for (int round = 0; round < 150; ++round) {
    const auto observed = randomState(random);
    const auto desired = randomState(random);
    if (changesASetsType(observed, desired)) continue;
    const auto plan = diff(desired, observed);
    for (std::size_t fault = 0; fault < plan.steps.size(); ++fault) {
      SCOPED_TRACE("round " + std::to_string(round) + ", step " + std::to_string(fault));
      auto host = hostWith(observed);
      host.fault = [&](const Step& step) { return step == plan.steps[fault]; };
      ASSERT_FALSE(host.apply(plan).empty());
      if (isGuard(plan.steps[fault].phase)) {
        ++guards;
        for (const auto& [device, port] : host.state.ports) {
          ASSERT_TRUE(observed.ports.contains(device) && observed.ports.at(device) == port);
        }
        ASSERT_TRUE(std::includes(observed.addresses.begin(), observed.addresses.end(),
                                  host.state.addresses.begin(), host.state.addresses.end()));
      }
      host.fault = {};
      const auto failed = host.apply(diff(desired, host.state));
      ASSERT_TRUE(failed.empty()) << failed.front().error.message;
      ASSERT_EQ(host.state, desired);
    }
  }
  EXPECT_GT(guards, 100U);
}

TEST(DiffProperty, AStateHasNothingToDoAgainstItself) {
  std::mt19937 random(7);
  for (int round = 0; round < 1000; ++round) {
    const auto state = randomState(random);
    ASSERT_TRUE(diff(state, state).empty());
  }
}

TEST(DiffProperty, TheSecondLookReadsAllThatThePlanTouched) {
  std::mt19937 random(11);
  for (int round = 0; round < 1000; ++round) {
    const auto observed = randomState(random);
    const auto desired = randomState(random);
    const auto plan = diff(desired, observed);
    const auto scope = scopeOf(plan);
    auto again = diff(restrict(desired, scope), restrict(observed, scope));
    ASSERT_EQ(again, plan) << "round " << round;
  }
}

}  // namespace
}  // namespace netctl::host
