// What STATIC and SYSTEM make of a cloud on a host.
#include "modes/cloud/commands.h"
#include "modes/dhcp_hosts.h"
#include "modes/host/plan.h"
#include "modes/mode.h"
#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace netctl {
namespace {

using cloud::NetworkMode;
using cloud::Role;
using testing::address;
using testing::instance;
using ::testing::IsEmpty;
using testing::mac;
using ::testing::SizeIs;

/// A cloud of one instance at vnet0 of this host.
class PlainModesTest : public ::testing::Test {
 protected:
  PlainModesTest(NetworkMode mode, Role role) : cloud_(settings(mode, role)) {
    mode_ = makeMode(cloud_.settings(), {.private_interface = "eth0", .mtu = 1400});
    run(cloud::CreateAccount{"alice", {"000000000001"}, "AK", "secret"});
    run(cloud::AttachInstance{
        .instance = instance("i-00000001"), .owner = "alice", .device = "vnet0"});
  }
  static cloud::Settings settings(NetworkMode mode, Role role) {
    cloud::Settings settings;
    settings.mode = mode;
    settings.host.role = role;
    settings.host.node_name = "host1";
    settings.host.bridge = "br0";
    if (mode == NetworkMode::System) return settings;
    settings.plan.subnet = testing::prefix("192.168.1.0/24");
    settings.router = address("192.168.1.1");
    settings.dns = address("192.0.2.53");
    settings.mac_map = cloud::MacMap({{mac("aa:dd:11:ce:ff:01"), address("192.168.1.10")},
                                      {mac("aa:dd:11:ce:ff:02"), address("192.168.1.11")}});
    return settings;
  }
  host::Rendering run(const cloud::Command& command) {
    const auto outcome = cloud::run(cloud_, command);
    if (!outcome) throw std::runtime_error(outcome.error().message);
    return mode_->render(cloud_, cloud_.takeChanges());
  }
  /// What is rendered of a change is what everything is then, and nothing else differs.
  void expectSame(const host::HostState& before, const host::Rendering& rendering) {
    const auto all = mode_->render(cloud_).desired;
    EXPECT_EQ(rendering.desired, host::restrict(all, rendering.scope));
    auto touched = rendering.scope;
    touched.merge(host::scopeOf(host::diff(all, before)));
    EXPECT_EQ(touched, rendering.scope);
  }

  cloud::Cloud cloud_;
  std::unique_ptr<Mode> mode_;
};

template <NetworkMode mode, Role role>
class PlainTestOn : public PlainModesTest {
 protected:
  PlainTestOn() : PlainModesTest(mode, role) {}
};
class StaticOnOneHost : public PlainTestOn<NetworkMode::Static, Role::All> {};
class StaticOnAClusterHost : public PlainTestOn<NetworkMode::Static, Role::Cluster> {};
class SystemOnOneHost : public PlainTestOn<NetworkMode::System, Role::All> {};
class SystemOnAClusterHost : public PlainTestOn<NetworkMode::System, Role::Cluster> {};

TEST_F(StaticOnOneHost, ServesAttachedPairsAlone) {
  const auto state = mode_->render(cloud_).desired;
  EXPECT_EQ(state.dhcp.server->range, testing::prefix("192.168.1.0/24"));
  EXPECT_THAT(state.dhcp.server->interfaces, ::testing::ElementsAre("eth0"));
  EXPECT_EQ(state.dhcp.server->mtu, 1400U);
  EXPECT_EQ(state.dhcp.networks.at(kOnlyNetwork).router, address("192.168.1.1"));
  ASSERT_THAT(state.dhcp.hosts, SizeIs(1));
  EXPECT_EQ(state.dhcp.hosts.at(mac("aa:dd:11:ce:ff:01")),
            (host::DhcpHost{address("192.168.1.10"), kOnlyNetwork, "ip-192-168-1-10"}));

  auto second = run(cloud::AttachInstance{
      .instance = instance("i-00000002"), .owner = "alice", .device = "vnet1"});
  EXPECT_EQ(second.scope.dhcp_hosts, std::set{mac("aa:dd:11:ce:ff:02")});
  EXPECT_THAT(second.scope.dhcp_networks, IsEmpty());
  expectSame(state, second);
  const auto gone = run(cloud::DetachInstance{instance("i-00000002")});
  EXPECT_EQ(gone.scope, second.scope);
  EXPECT_EQ(gone.desired, host::HostState{});
}

TEST_F(StaticOnOneHost, PlugsAndGuardsPortsAndRoutesNothing) {
  const auto state = mode_->render(cloud_).desired;
  EXPECT_EQ(state.ports.at("vnet0"), (host::Port{"i-00000001", "br0", true, false}));
  EXPECT_EQ(state.guards.ports.at("vnet0"),
            (host::Guard{mac("aa:dd:11:ce:ff:01"), address("192.168.1.10"), {}}));
  EXPECT_FALSE(state.guards.rules->ipv6);
  EXPECT_THAT(state.addresses, IsEmpty());
  EXPECT_THAT(state.chains, IsEmpty());
  EXPECT_THAT(state.sets, IsEmpty());
  EXPECT_THAT(state.sysctls, IsEmpty());
}

TEST_F(StaticOnAClusterHost, ServesDhcpAndHasNoPorts) {
  const auto state = mode_->render(cloud_).desired;
  EXPECT_TRUE(state.dhcp.server);
  EXPECT_THAT(state.ports, IsEmpty());
  EXPECT_FALSE(state.guards.rules);
}

TEST_F(SystemOnAClusterHost, HasNothing) {
  EXPECT_EQ(mode_->render(cloud_).desired, host::HostState{});
}

TEST_F(SystemOnOneHost, TheGuardStandsFromAttachOnAndMovesWithTheAddress) {
  const auto first = mode_->render(cloud_).desired;
  const auto own = mac("d0:0d:00:00:00:01");
  EXPECT_EQ(first.ports.at("vnet0"), (host::Port{"i-00000001", "br0", true, false}));
  EXPECT_EQ(first.guards.ports.at("vnet0"), (host::Guard{own, {}, {}}));
  EXPECT_TRUE(first.guards.rules->ipv6);
  EXPECT_EQ(first.dhcp, host::Dhcp{});

  for (const auto* text : {"192.168.1.7", "192.168.1.8"}) {
    const auto before = mode_->render(cloud_).desired;
    const auto learned = run(cloud::LearnAddress{instance("i-00000001"), address(text), true});
    EXPECT_EQ(learned.desired.guards.ports.at("vnet0"), (host::Guard{own, address(text), {}}));
    EXPECT_THAT(learned.scope.ports, IsEmpty()) << "the port itself stays as it is";
    expectSame(before, learned);
  }
}

}  // namespace
}  // namespace netctl
