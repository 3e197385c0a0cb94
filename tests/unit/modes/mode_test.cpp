#include "modes/mode.h"

#include "modes/cloud/commands.h"
#include "modes/host/names.h"
#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace netctl {
namespace {

using cloud::Addressing;
using host::Table;
using testing::address;
using testing::instance;
using ::testing::IsEmpty;
using testing::prefix;
using ::testing::SizeIs;

HostFacts facts(cloud::NetworkMode mode = cloud::NetworkMode::ManagedNoVlan) {
  return {.private_interface = mode == cloud::NetworkMode::Managed ? "trunk0" : "br0",
          .public_interface = "eth1",
          .private_port = mode == cloud::NetworkMode::Managed ? "" : "eth0",
          .has_other_hosts = true};
}

constexpr net::Tag kWebTag{2};
constexpr net::Tag kDbTag{3};

/// A cloud with group web (tcp 22 from everywhere) of two instances, and group db without any.
class ManagedModesTest : public ::testing::Test {
 protected:
  ManagedModesTest(cloud::NetworkMode mode, cloud::Role role) : cloud_(settings(mode, role)) {
    mode_ = makeMode(cloud_.settings(), facts(mode));
    run(cloud::CreateAccount{"alice", {"000000000001"}, "AK", "secret"});
    run(cloud::CreateGroup{"alice", "web", "", {"sg-0000000a"}});
    run(cloud::CreateGroup{"alice", "db", "", {"sg-0000000b"}});
    run(cloud::Authorize{"alice", "web", {tcp(22, 22)}});
    attach("i-00000001", "web");
    attach("i-00000002", "web");
  }

  static cloud::Settings settings(cloud::NetworkMode mode, cloud::Role role) {
    auto settings = testing::smallSettings();
    settings.mode = mode;
    settings.host.role = role;
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

template <cloud::NetworkMode mode, cloud::Role role>
class ManagedTestOn : public ManagedModesTest {
 protected:
  ManagedTestOn() : ManagedModesTest(mode, role) {}
};
class ManagedNoVlanTest
    : public ManagedTestOn<cloud::NetworkMode::ManagedNoVlan, cloud::Role::All> {};
class ManagedNoVlanOnAClusterHost
    : public ManagedTestOn<cloud::NetworkMode::ManagedNoVlan, cloud::Role::Cluster> {};
class ManagedNoVlanOnANode
    : public ManagedTestOn<cloud::NetworkMode::ManagedNoVlan, cloud::Role::Node> {};
class ManagedOnAClusterHost
    : public ManagedTestOn<cloud::NetworkMode::Managed, cloud::Role::Cluster> {};
class ManagedOnANode : public ManagedTestOn<cloud::NetworkMode::Managed, cloud::Role::Node> {};

TEST_F(ManagedNoVlanTest, AnExactPermissionTouchesMembersOfOneSetAlone) {
  const auto rendering = after(cloud::Authorize{"alice", "web", {tcp(80, 80)}});
  host::Scope members;
  members.members["nc_open"] = rendering.scope.members.at("nc_open");
  EXPECT_EQ(rendering.scope, members);
  EXPECT_THAT(members.members.at("nc_open"), SizeIs(2)) << "of two instances";
}

TEST_F(ManagedNoVlanTest, APermissionThatAnotherGroupGivesStays) {
  run(cloud::Authorize{"alice", "db", {tcp(20, 30)}});
  run(cloud::ModifyInstance{.instance = instance("i-00000001"), .groups = {{"web", "db"}}});
  const auto rendering = after(cloud::Revoke{"alice", "web", {tcp(22, 22)}});
  EXPECT_THAT(rendering.scope.members.at("nc_open"), SizeIs(2));
  EXPECT_THAT(rendering.desired.sets.at("nc_open").members, SizeIs(1));
}

TEST_F(ManagedNoVlanTest, AnInstanceOfASettledGroupTouchesNoTable) {
  run(cloud::Authorize{"alice", "web", {tcp(1000, 2000)}});
  const auto rendering = attach("i-00000003", "web");
  for (const auto table : {Table::Filter, Table::Nat}) {
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

TEST_F(ManagedNoVlanTest, AMovedAddressTouchesItsTranslationAndNoTable) {
  run(cloud::AllocateAddress{"alice", address("198.51.100.8")});
  const auto first =
      after(cloud::AssociateAddress{"alice", address("198.51.100.8"), instance("i-00000001")});
  EXPECT_TRUE(first.desired.addresses.contains({"eth1", address("198.51.100.8"), 32, false}));
  const auto moved = after(
      cloud::AssociateAddress{"alice", address("198.51.100.8"), instance("i-00000002"), true});
  EXPECT_TRUE(moved.scope.elastic.contains(address("198.51.100.8")));
  for (const auto table : {Table::Filter, Table::Nat}) {
    EXPECT_FALSE(moved.scope.touches(table));
  }
  EXPECT_THAT(moved.scope.addresses, IsEmpty());
}

TEST_F(ManagedNoVlanTest, WhatIsNotAboutPacketsTouchesNothing) {
  EXPECT_TRUE(after(cloud::CreateAccount{"bob", {"000000000002"}, "AKB", "secret"}).scope.empty());
  EXPECT_TRUE(after(cloud::CreateGroup{"bob", "web", "", {"sg-0000000c"}}).scope.empty());
  EXPECT_TRUE(after(cloud::AllocateAddress{"alice", address("198.51.100.7")}).scope.empty());
}

TEST_F(ManagedNoVlanTest, AnAttributeTouchesTheMetadataOfItsInstanceAlone) {
  const auto scope = after(cloud::ModifyInstance{.instance = instance("i-00000001"),
                                                 .attributes = {{{"ami-id", "emi-1"}}}})
                         .scope;
  host::Scope metadata;
  metadata.metadata_documents = {cloud_.instance(instance("i-00000001"))->private_address.value()};
  EXPECT_EQ(scope, metadata);
}

TEST_F(ManagedNoVlanTest, PortsAreThoseOfThisNode) {
  attach("i-00000003", "web", "elsewhere");
  const auto ports = mode_->render(cloud_).desired.ports;
  ASSERT_THAT(ports, SizeIs(2));
  EXPECT_EQ(ports.at("tap01"), (host::Port{"i-00000001", "br0", true}));
  EXPECT_EQ(ports.at("tap01").mac, cloud_.instance(instance("i-00000001"))->mac)
      << "who is announced there";
}

TEST_F(ManagedNoVlanOnAClusterHost, HasNoPorts) {
  EXPECT_THAT(mode_->render(cloud_).desired.ports, IsEmpty());
  EXPECT_THAT(attach("i-00000003", "web").scope.ports, IsEmpty());
}

TEST_F(ManagedNoVlanOnAClusterHost, FramesFromInstancesGoPastTheBridge) {
  const auto state = mode_->render(cloud_).desired;
  ASSERT_THAT(state.redirects, SizeIs(1));
  EXPECT_EQ(state.redirects.at("eth0"),
            (host::IngressRedirect{"br0", cloud_.settings().plan.subnet}));
  EXPECT_THAT(attach("i-00000003", "db").scope.redirects, IsEmpty()) << "it stands for all";
  const auto without = makeMode(cloud_.settings(), {.private_interface = "br0"});
  EXPECT_THAT(without->render(cloud_).desired.redirects, IsEmpty());
}

TEST_F(ManagedNoVlanOnANode, HasPortsAndNothingOfTheClusterHost) {
  const auto state = mode_->render(cloud_).desired;
  EXPECT_THAT(state.redirects, IsEmpty());
  EXPECT_THAT(state.ports, SizeIs(2));
  EXPECT_THAT(state.chains, IsEmpty());
  EXPECT_THAT(state.addresses, IsEmpty());
  EXPECT_FALSE(state.dhcp.server);
}

TEST_F(ManagedOnAClusterHost, ANetworkHasItsSegmentAndItsGatewayThere) {
  const auto first = mode_->render(cloud_).desired;
  EXPECT_THAT(first.segments, SizeIs(1));
  EXPECT_EQ(first.segments.at(kWebTag), (host::Segment{"trunk0", "trunk0.2", "eucabr2", 1500}));
  EXPECT_TRUE(first.addresses.contains({"eucabr2", address("10.0.0.1"), 28}));
  EXPECT_THAT(first.dhcp.server->interfaces, ::testing::ElementsAre("eucabr*"));
  EXPECT_THAT(first.ports, IsEmpty());
  EXPECT_EQ(first.redirects.at("trunk0.2"),
            (host::IngressRedirect{"eucabr2", cloud_.settings().plan.subnet}));

  const auto comes = attach("i-00000003", "db", "node1");
  EXPECT_EQ(comes.desired.segments.at(kDbTag).bridge, "eucabr3");
  EXPECT_EQ(comes.desired.redirects.at("trunk0.3").bridge, "eucabr3");
  EXPECT_TRUE(comes.desired.addresses.contains({"eucabr3", address("10.0.0.17"), 28}));
  EXPECT_FALSE(comes.scope.segments.contains(kWebTag));

  const auto goes = after(cloud::DetachInstance{instance("i-00000003")});
  EXPECT_TRUE(goes.scope.segments.contains(kDbTag));
  EXPECT_THAT(goes.desired.segments, IsEmpty());
  EXPECT_TRUE(goes.scope.redirects.contains("trunk0.3"));
  EXPECT_THAT(goes.desired.redirects, IsEmpty());
}

TEST_F(ManagedOnAClusterHost, WithoutOtherHostsNothingIsRedirected) {
  auto alone = facts(cloud::NetworkMode::Managed);
  alone.has_other_hosts = false;
  const auto state = makeMode(cloud_.settings(), alone)->render(cloud_).desired;
  EXPECT_THAT(state.segments, SizeIs(1));
  EXPECT_THAT(state.redirects, IsEmpty());
}

TEST_F(ManagedOnANode, HasTheSegmentsOfItsOwnInstancesWithoutAddresses) {
  const auto state = mode_->render(cloud_).desired;
  EXPECT_THAT(state.segments, SizeIs(1));
  EXPECT_THAT(state.redirects, IsEmpty());
  EXPECT_EQ(state.ports.at("tap01").bridge, "eucabr2");
  EXPECT_THAT(state.addresses, IsEmpty());
  EXPECT_THAT(state.sets, IsEmpty());
  EXPECT_THAT(attach("i-00000003", "db", "elsewhere").desired.segments, IsEmpty());

  after(cloud::DetachInstance{instance("i-00000001")});
  EXPECT_THAT(mode_->render(cloud_).desired.segments, SizeIs(1));
  const auto last = after(cloud::DetachInstance{instance("i-00000002")});
  EXPECT_TRUE(last.scope.segments.contains(kWebTag));
  EXPECT_THAT(last.desired.segments, IsEmpty());
}

TEST(VlanDevice, HasAShorterNameWhereTheTrunksIsLong) {
  EXPECT_EQ(host::vlanDevice("enp3s0f1", net::Tag{4094}), "enp3s0f1.4094");
  EXPECT_EQ(host::vlanDevice("enp3s0f1np", net::Tag{4094}), "enp3s0f1np.4094");
  EXPECT_EQ(host::vlanDevice("enp3s0f1np1", net::Tag{4094}), "nc4094");
}

}  // namespace
}  // namespace netctl
