#include "modes/instance_guards.h"

#include "modes/instance_ports.h"

#include "modes/cloud/commands.h"
#include "modes/render/renderer.h"
#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace netctl {
namespace {

using cloud::NetworkMode;
using cloud::Role;
using host::Guard;
using testing::address;
using testing::instance;
using ::testing::IsEmpty;

constexpr net::MacAddress kMac{{0xd0, 0x0d, 0, 0, 0, 1}};
constexpr net::Tag kTag{2};

cloud::Settings settings(NetworkMode mode, Role role) {
  auto settings = testing::smallSettings();
  settings.mode = mode;
  settings.host.role = role;
  settings.host.node_name = "n1";
  settings.host.bridge = "br0";
  return settings;
}

/// A cloud with one group of alice's.
class InstanceGuardsTest : public ::testing::Test {
 protected:
  explicit InstanceGuardsTest(NetworkMode mode = NetworkMode::ManagedNoVlan, Role role = Role::All)
      : cloud_(settings(mode, role)) {
    run(cloud::CreateAccount{"alice", {"000000000001"}, "AK", "secret"});
    run(cloud::CreateGroup{"alice", "web", "", {"sg-0000000a"}});
  }
  cloud::Changes run(const cloud::Command& command) {
    const auto outcome = cloud::run(cloud_, command);
    if (!outcome) throw std::runtime_error(outcome.error().message);
    return cloud_.takeChanges();
  }
  host::Rendering after(const cloud::Command& command) {
    const auto changes = run(command);
    return render::renderTouched(guards(), cloud_, changes);
  }
  host::Rendering attach(const std::string& device, const std::string& node = "n1") {
    return after(cloud::AttachInstance{.instance = instance("i-00000001"),
                                       .owner = "alice",
                                       .groups = {"web"},
                                       .node = node,
                                       .device = device,
                                       .addressing = cloud::Addressing::Private});
  }
  host::Guards all() const { return render::renderAll(guards(), cloud_).desired.guards; }
  render::Renderers guards() const {
    render::Renderers renderers;
    addInstanceGuards(cloud_.settings(), {}, renderers);
    return renderers;
  }

  cloud::Cloud cloud_;
  const Guard guard_{kMac, address("10.0.0.9"), kTag};
};
class InstanceGuardsOfManaged : public InstanceGuardsTest {
 protected:
  InstanceGuardsOfManaged() : InstanceGuardsTest(NetworkMode::Managed) {}
};
class InstanceGuardsOfAClusterHost : public InstanceGuardsTest {
 protected:
  InstanceGuardsOfAClusterHost() : InstanceGuardsTest(NetworkMode::ManagedNoVlan, Role::Cluster) {}
};

TEST(GuardRules, AreTheModes) {
  const auto rules = [](NetworkMode mode) { return *guardRules(settings(mode, Role::Node), {}); };
  EXPECT_EQ(rules(NetworkMode::System), (host::GuardRules{.shared_bridge = "br0", .ipv6 = true}));
  EXPECT_EQ(rules(NetworkMode::Static), (host::GuardRules{.shared_bridge = "br0"}));
  EXPECT_EQ(rules(NetworkMode::Managed), (host::GuardRules{.own_bridges = "eucabr"}));
  EXPECT_EQ(rules(NetworkMode::ManagedNoVlan),
            (host::GuardRules{.shared_bridge = "br0", .parts_networks = true}));
}

TEST(GuardRules, KnowTheGatewayByItsMacsElseByTheUplink) {
  auto on_node = settings(NetworkMode::ManagedNoVlan, Role::Node);
  const HostFacts facts{.uplink = "eth0"};
  EXPECT_EQ(guardRules(on_node, facts)->uplink, "eth0");
  on_node.gateway_macs = {kMac};
  EXPECT_EQ(guardRules(on_node, facts)->gateway_macs, std::set{kMac});
  EXPECT_EQ(guardRules(on_node, facts)->uplink, "") << "a list is enough";
  EXPECT_FALSE(guardRules(on_node, facts)->is_gateway);
  on_node.host.role = Role::All;
  EXPECT_TRUE(guardRules(on_node, facts)->is_gateway);
  on_node.mode = NetworkMode::Managed;
  EXPECT_EQ(guardRules(on_node, facts)->gateway_macs, std::set<net::MacAddress>())
      << "no wire is shared";
}

TEST_F(InstanceGuardsTest, StandFromAttachOn) {
  const auto rendering = attach("tap1");
  EXPECT_EQ(all().ports, (std::map<std::string, Guard>{{"tap1", guard_}}));
  EXPECT_EQ(all().members, (std::map<net::MacAddress, net::Tag>{{kMac, kTag}}));
  EXPECT_EQ(rendering.desired.guards.ports, all().ports);
  EXPECT_EQ(rendering.desired.guards.members, all().members);
  EXPECT_THAT(rendering.scope.unseen_guards, IsEmpty());
  EXPECT_FALSE(rendering.scope.guard_rules) << "a change never replaces all of them";

  const auto gone = after(cloud::DetachInstance{instance("i-00000001")});
  EXPECT_EQ(gone.scope, rendering.scope);
  EXPECT_EQ(gone.desired, host::HostState{});
}

TEST_F(InstanceGuardsTest, GoByMacUntilTheDeviceIsSeen) {
  attach("");
  EXPECT_EQ(all().unseen, (std::map<net::MacAddress, Guard>{{kMac, guard_}}));
  EXPECT_THAT(all().ports, IsEmpty());

  const auto seen = after(cloud::SeeDevice{instance("i-00000001"), "vnet7"});
  EXPECT_THAT(all().unseen, IsEmpty());
  EXPECT_EQ(seen.scope.unseen_guards, std::set{kMac});
  EXPECT_THAT(seen.desired.guards.unseen, IsEmpty());
  EXPECT_EQ(seen.desired.guards.ports, (std::map<std::string, Guard>{{"vnet7", guard_}}));
}

TEST_F(InstanceGuardsTest, LeaveWithTheInstanceButItsMembershipStays) {
  attach("tap1");
  const auto moved = after(cloud::ModifyInstance{.instance = instance("i-00000001"), .node = "n2"});
  EXPECT_EQ(moved.scope.guards, std::set<std::string>{"tap1"});
  EXPECT_THAT(moved.desired.guards.ports, IsEmpty());
  EXPECT_THAT(moved.scope.guard_members, IsEmpty());
  EXPECT_EQ(all().members.at(kMac), kTag);
}

TEST_F(InstanceGuardsTest, LetInWhatMayComeFromWhereItMigrates) {
  using enum cloud::MigrateInstance::Step;
  const auto id = instance("i-00000001");
  attach("tap1");
  auto migrating = guard_;
  migrating.migrates = true;
  const auto leaves = after(cloud::MigrateInstance{.instance = id, .node = "n2"});
  EXPECT_EQ(leaves.desired.guards.ports, (std::map<std::string, Guard>{{"tap1", migrating}}));
  after(cloud::MigrateInstance{.instance = id, .step = Cancel});
  EXPECT_EQ(all().ports.at("tap1"), guard_);

  const auto home = cloud_.instance(id)->node;
  after(cloud::MigrateInstance{.instance = id, .node = "n2"});
  after(cloud::MigrateInstance{.instance = id, .step = Finish});
  EXPECT_THAT(all().ports, IsEmpty());
  after(cloud::MigrateInstance{.instance = id, .node = home, .device = "tap2"});
  EXPECT_EQ(all().ports, (std::map<std::string, Guard>{{"tap2", migrating}}));
  render::Renderers ports;
  addInstancePorts({}, ports);
  const auto port = render::renderAll(ports, cloud_).desired.ports.at("tap2");
  EXPECT_FALSE(port.mac) << "it is not announced: it still runs elsewhere";
  after(cloud::MigrateInstance{.instance = id, .step = Finish});
  EXPECT_EQ(all().ports.at("tap2"), guard_);
}

TEST_F(InstanceGuardsTest, AreNotTouchedByANote) {
  attach("tap1");
  EXPECT_TRUE(after(cloud::ModifyInstance{.instance = instance("i-00000001"),
                                          .attributes = {{{"ami-id", "emi-1"}}}})
                  .scope.empty());
}

TEST_F(InstanceGuardsOfManaged, KnowNoNetworks) {
  const auto rendering = attach("tap1");
  EXPECT_EQ(all().ports.at("tap1"), (Guard{kMac, address("10.0.0.9"), {}}));
  EXPECT_THAT(all().members, IsEmpty());
  EXPECT_THAT(rendering.scope.guard_members, IsEmpty());
}

TEST_F(InstanceGuardsOfAClusterHost, AreNone) {
  EXPECT_TRUE(attach("tap1").scope.empty());
  EXPECT_EQ(all(), host::Guards{});
}

}  // namespace
}  // namespace netctl
