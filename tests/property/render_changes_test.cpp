// What a change renders by itself, laid over what was there, is what the whole cloud renders.

#include "modes/host/plan.h"
#include "tests/property/render_history.h"
#include "tests/support/example_cloud.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace netctl {
namespace {

using host::ChainId;
using host::HostState;
using host::Rendering;
using host::Scope;

template <class Values, class Keys>
void replace(Values& values, const Keys& keys, const Values& with) {
  for (const auto& key : keys) values.erase(key);
  values.insert(with.begin(), with.end());
}

bool isInFamily(const ChainId& chain, const Scope& scope) {
  return std::ranges::any_of(scope.chain_families, [&](const ChainId& family) {
    return chain.table == family.table && chain.name.starts_with(family.name);
  });
}

void replaceMembers(host::Set& set, const std::set<host::SetMember>& scope, const host::Set& with) {
  std::erase_if(set.members, [&](const auto& member) { return scope.contains(member); });
  set.members.insert(set.members.end(), with.members.begin(), with.members.end());
  std::ranges::sort(set.members);
}

/// The state with the part that the rendering is about as the rendering says.
void lay(HostState& state, const Rendering& part) {
  const auto& [desired, scope] = part;
  ASSERT_FALSE(scope.everything);
  for (const auto& [name, members] : scope.members) {
    ASSERT_TRUE(state.sets.contains(name)) << name << " is not there, but has members in the scope";
    ASSERT_TRUE(desired.sets.contains(name)) << name;
    replaceMembers(state.sets.at(name), members, desired.sets.at(name));
  }
  for (const auto& name : scope.sets) {
    ASSERT_FALSE(scope.members.contains(name)) << name;
    state.sets.erase(name);
    if (desired.sets.contains(name)) state.sets[name] = desired.sets.at(name);
  }
  std::erase_if(state.chains, [&](const auto& chain) { return isInFamily(chain.first, scope); });
  replace(state.chains, scope.chains, desired.chains);
  replace(state.addresses, scope.addresses, desired.addresses);
  replace(state.ports, scope.ports, desired.ports);
  replace(state.segments, scope.segments, desired.segments);
  replace(state.redirects, scope.redirects, desired.redirects);
  replace(state.nat.elastic, scope.elastic, desired.nat.elastic);
  replace(state.nat.forwards, scope.forwards, desired.nat.forwards);
  replace(state.nat.senders, scope.senders, desired.nat.senders);
  replace(state.guards.ports, scope.guards, desired.guards.ports);
  replace(state.guards.unseen, scope.unseen_guards, desired.guards.unseen);
  replace(state.guards.members, scope.guard_members, desired.guards.members);
  replace(state.sysctls, scope.sysctls, desired.sysctls);
  replace(state.dhcp.networks, scope.dhcp_networks, desired.dhcp.networks);
  replace(state.dhcp.hosts, scope.dhcp_hosts, desired.dhcp.hosts);
  replace(state.metadata.documents, scope.metadata_documents, desired.metadata.documents);
}

/// All names that are in one state or the other and differ, for messages.
std::string differences(const HostState& is, const HostState& wanted) {
  std::string text;
  for (const auto& step : host::diff(wanted, is).steps) {
    for (const auto& name : host::scopeOf(host::Plan{{step}}).members) text += name.first + " ";
    for (const auto& chain : host::scopeOf(host::Plan{{step}}).chains) text += chain.name + " ";
    text += std::string(format(step.phase)) + "; ";
  }
  return text;
}

void liveThrough(testing::RenderHistory history, unsigned rounds) {
  auto state = history.mode().render(history.cloud()).desired;
  std::size_t instances = 0;
  std::size_t leaves = 0;
  std::size_t prefix_sets = 0;
  std::size_t forwards = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    const auto changes = history.run(1 + history.below(4));
    const auto part = history.mode().render(history.cloud(), changes);
    const auto whole = history.mode().render(history.cloud()).desired;
    ASSERT_EQ(host::restrict(whole, part.scope), part.desired) << "round " << round;
    lay(state, part);
    ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "round " << round;
    ASSERT_EQ(state, whole) << "round " << round << ": " << differences(state, whole);
    instances += history.cloud().instances().size();
    forwards += whole.nat.forwards.size();
    leaves += std::ranges::count_if(
        whole.chains, [](const auto& chain) { return chain.first.name.starts_with("NC_I_"); });
    prefix_sets += std::ranges::count_if(
        whole.sets, [](const auto& set) { return set.first.starts_with("nc_c_"); });
  }
  EXPECT_GT(instances / rounds, 8U) << "too few to tell";
  if (history.cloud().settings().host.role == cloud::Role::Node) return;
  EXPECT_GT(leaves, rounds / 2);
  EXPECT_GT(forwards, rounds / 2);
  EXPECT_GT(prefix_sets, rounds / 2);
}

TEST(RenderProperty, ChangesOfASmallCloudAddUpToTheWhole) {
  for (const auto seed : {1U, 2U, 3U}) {
    liveThrough(testing::RenderHistory(testing::smallSettings(), seed), 400);
  }
}

TEST(RenderProperty, ChangesInEveryModeAndRoleAddUpToTheWhole) {
  for (const auto mode : {cloud::NetworkMode::Managed, cloud::NetworkMode::ManagedNoVlan}) {
    for (const auto role : {cloud::Role::All, cloud::Role::Cluster, cloud::Role::Node}) {
      auto settings = testing::smallSettings();
      settings.mode = mode;
      settings.host.role = role;
      liveThrough(testing::RenderHistory(settings, 11), 200);
    }
  }
}

TEST(RenderProperty, ChangesOfAUsualCloudAddUpToTheWhole) {
  liveThrough(testing::RenderHistory(testing::usualSettings(), 11), 400);
}

TEST(RenderProperty, TheOrderInWhichACloudCameAboutDoesNotMatter) {
  for (unsigned seed = 10; seed < 40; ++seed) {
    testing::RenderHistory history(testing::smallSettings(), seed);
    history.run(150);
    const auto& original = history.cloud();
    cloud::Cloud copy(original.settings());
    for (const auto& [id, object] : original.accounts()) copy.put(*object);
    for (const auto& [id, object] : original.prefixLists()) copy.put(*object);
    for (auto it = original.groups().rbegin(); it != original.groups().rend(); ++it) {
      copy.put(*it->second);
    }
    for (auto it = original.instances().rbegin(); it != original.instances().rend(); ++it) {
      copy.put(*it->second);
    }
    for (const auto& [address, object] : original.addresses()) copy.put(*object);
    for (const auto& [id, object] : original.forwards()) copy.put(*object);
    ASSERT_EQ(history.mode().render(copy).desired, history.mode().render(original).desired);
  }
}

}  // namespace
}  // namespace netctl
