#include "modes/mode.h"

#include "modes/cloud/commands.h"
#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace netctl {
namespace {

using cloud::Addressing;
using host::Table;
using testing::address;
using ::testing::HasSubstr;
using testing::instance;
using ::testing::IsEmpty;
using testing::prefix;
using ::testing::SizeIs;

HostFacts facts() {
  return {.private_interface = "br0", .public_interface = "eth1"};
}

TEST(MakeMode, RefusesWhatIsNotBuiltYetAndSaysWhatIs) {
  auto settings = testing::smallSettings();
  for (const auto mode :
       {cloud::NetworkMode::System, cloud::NetworkMode::Static, cloud::NetworkMode::Managed}) {
    settings.mode = mode;
    const auto made = makeMode(settings, facts());
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::Unsupported);
    EXPECT_EQ(made.error().message,
              "VNET_MODE " + std::string(format(mode)) + " is not built yet; MANAGED-NOVLAN is");
  }
  settings.mode = cloud::NetworkMode::ManagedNoVlan;
  EXPECT_TRUE(makeMode(settings, facts()));
  settings.role = cloud::Role::Node;
  ASSERT_FALSE(makeMode(settings, facts()));
  EXPECT_THAT(makeMode(settings, facts()).error().message, HasSubstr("NETCTL_ROLE"));
}

/// A cloud with group web (tcp 22 from everywhere) of two instances, and group db without any.
class ManagedNoVlanTest : public ::testing::Test {
 protected:
  explicit ManagedNoVlanTest(cloud::Role role = cloud::Role::All) : cloud_(settings(role)) {
    mode_ = makeMode(cloud_.settings(), facts()).value();
    run(cloud::CreateAccount{"alice", {"000000000001"}, "AK", "secret"});
    run(cloud::CreateGroup{"alice", "web", "", {"sg-0000000a"}});
    run(cloud::CreateGroup{"alice", "db", "", {"sg-0000000b"}});
    run(cloud::Authorize{"alice", "web", {tcp(22, 22)}});
    attach("i-00000001", "web");
    attach("i-00000002", "web");
  }

  static cloud::Settings settings(cloud::Role role) {
    auto settings = testing::smallSettings();
    settings.role = role;
    return settings;
  }
  static cloud::PermissionRequest tcp(std::uint16_t first, std::uint16_t last) {
    return {.protocol = net::kTcp, .ports = {first, last}, .cidrs = {prefix("0.0.0.0/0")}};
  }
  cloud::Changes run(const cloud::Command& command) {
    const auto outcome = cloud::run(cloud_, command);
    if (!outcome) throw std::runtime_error(outcome.error().message);
    return cloud_.takeChanges();
  }
  /// What the command touches.
  host::Rendering after(const cloud::Command& command) {
    return mode_->render(cloud_, run(command));
  }
  host::Rendering attach(const std::string& id, const std::string& group, std::string node = "") {
    return after(cloud::AttachInstance{.instance = instance(id),
                                       .owner = "alice",
                                       .groups = {group},
                                       .node = std::move(node),
                                       .device = "tap" + id.substr(8),
                                       .addressing = Addressing::Private});
  }

  cloud::Cloud cloud_;
  std::unique_ptr<Mode> mode_;
};

class ManagedNoVlanOnAClusterHost : public ManagedNoVlanTest {
 protected:
  ManagedNoVlanOnAClusterHost() : ManagedNoVlanTest(cloud::Role::Cluster) {}
};

TEST_F(ManagedNoVlanTest, AnExactPermissionTouchesMembersOfOneSetAlone) {
  const auto rendering = after(cloud::Authorize{"alice", "web", {tcp(80, 80)}});
  host::Scope members;
  members.members["nc_allow"] = rendering.scope.members.at("nc_allow");
  EXPECT_EQ(rendering.scope, members);
  EXPECT_THAT(members.members.at("nc_allow"), SizeIs(4)) << "two halves of two instances";
}

TEST_F(ManagedNoVlanTest, APermissionThatAnotherGroupGivesStays) {
  run(cloud::Authorize{"alice", "db", {tcp(20, 30)}});
  run(cloud::ModifyInstance{.instance = instance("i-00000001"), .groups = {{"web", "db"}}});
  const auto rendering = after(cloud::Revoke{"alice", "web", {tcp(22, 22)}});
  EXPECT_THAT(rendering.scope.members.at("nc_allow"), SizeIs(4));
  EXPECT_THAT(rendering.desired.sets.at("nc_allow").members, SizeIs(2));
}

TEST_F(ManagedNoVlanTest, AnInstanceOfASettledGroupTouchesNoTable) {
  run(cloud::Authorize{"alice", "web", {tcp(1000, 2000)}});
  const auto rendering = attach("i-00000003", "web");
  for (const auto table : {Table::Filter, Table::Nat, Table::Mangle}) {
    EXPECT_FALSE(rendering.scope.touches(table));
  }
  EXPECT_THAT(rendering.scope.addresses, IsEmpty());
  EXPECT_THAT(rendering.scope.dhcp_networks, IsEmpty());
}

TEST_F(ManagedNoVlanTest, TheFirstInstanceOfAGroupBringsItsNetwork) {
  const auto rendering = attach("i-00000003", "db");
  const net::Tag tag{3};
  EXPECT_TRUE(rendering.desired.addresses.contains({"br0", address("10.0.0.17"), 28}));
  EXPECT_EQ(rendering.desired.dhcp.networks.at(tag).router, address("10.0.0.17"));
  const auto gone = after(cloud::DetachInstance{instance("i-00000003")});
  EXPECT_TRUE(gone.scope.addresses.contains({"br0", address("10.0.0.17"), 28}));
  EXPECT_THAT(gone.desired.addresses, IsEmpty());
  EXPECT_TRUE(gone.scope.dhcp_networks.contains(tag));
  EXPECT_THAT(gone.desired.dhcp.networks, IsEmpty());
}

TEST_F(ManagedNoVlanTest, AMovedAddressTouchesTheNatTableAndNotItself) {
  run(cloud::AllocateAddress{"alice", address("198.51.100.8")});
  const auto first =
      after(cloud::AssociateAddress{"alice", address("198.51.100.8"), instance("i-00000001")});
  EXPECT_TRUE(first.desired.addresses.contains({"eth1", address("198.51.100.8"), 32}));
  const auto moved = after(
      cloud::AssociateAddress{"alice", address("198.51.100.8"), instance("i-00000002"), true});
  EXPECT_TRUE(moved.scope.touches(Table::Nat));
  EXPECT_FALSE(moved.scope.touches(Table::Filter));
  EXPECT_THAT(moved.scope.addresses, IsEmpty());
}

TEST_F(ManagedNoVlanTest, WhatIsNotAboutPacketsTouchesNothing) {
  EXPECT_TRUE(after(cloud::CreateAccount{"bob", {"000000000002"}, "AKB", "secret"}).scope.empty());
  EXPECT_TRUE(after(cloud::CreateGroup{"bob", "web", "", {"sg-0000000c"}}).scope.empty());
  EXPECT_TRUE(after(cloud::AllocateAddress{"alice", address("198.51.100.7")}).scope.empty());
  EXPECT_TRUE(after(cloud::ModifyInstance{.instance = instance("i-00000001"),
                                          .attributes = {{{"ami-id", "emi-1"}}}})
                  .scope.empty());
}

TEST_F(ManagedNoVlanTest, PortsAreThoseOfThisNode) {
  attach("i-00000003", "web", "elsewhere");
  const auto ports = mode_->render(cloud_).desired.ports;
  ASSERT_THAT(ports, SizeIs(2));
  EXPECT_EQ(ports.at("tap01"), (host::Port{"i-00000001", "br0", true}));
}

TEST_F(ManagedNoVlanOnAClusterHost, HasNoPorts) {
  EXPECT_THAT(mode_->render(cloud_).desired.ports, IsEmpty());
  EXPECT_THAT(attach("i-00000003", "web").scope.ports, IsEmpty());
}

}  // namespace
}  // namespace netctl
