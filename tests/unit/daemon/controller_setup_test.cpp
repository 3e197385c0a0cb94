#include "netctl/daemon/setup/controller_setup.h"

#include "tests/unit/daemon/configurations.h"

#include <gmock/gmock.h>

namespace netctl::daemon {
namespace {

using test::allInOne;
using test::network;
using test::nodeHost;
using test::prescribed;
using test::sound;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result<ControllerSetup> setupOf(const std::string& text,
                                const std::optional<cloud::PartSettings>& part = {},
                                const config::HostNetwork& host = network()) {
  return controllerSetup(sound(text), part, host);
}

TEST(ControllerSetup, IsMadeOfTheConfigurationAndTheHost) {
  const auto setup = setupOf(allInOne("NETCTL_WAIT=3\n"));
  ASSERT_TRUE(setup) << setup.error().message;
  EXPECT_EQ(setup->settings.pool.size(), 51U);
  EXPECT_EQ(setup->settings.host.node_name, "n1");
  EXPECT_EQ(setup->facts.private_interface, "br0");
  EXPECT_EQ(setup->facts.mtu, 1450U);
  EXPECT_EQ(setup->options.wait, std::chrono::seconds(3));
  EXPECT_THAT(setup->options.notices, IsEmpty());
  EXPECT_NE(setup->mode, nullptr);
}

TEST(ControllerSetup, TellsWhatThereIsToSayOfConfigurationAndHost) {
  const auto setup =
      setupOf(allInOne("NETCTL_EC2_CERT=/a\nNETCTL_EC2_KEY=/b\n"
                       "VNET_PUBINTERFACE=eth0\n"));
  ASSERT_TRUE(setup) << setup.error().message;
  EXPECT_THAT(setup->options.notices, AllOf(Contains(HasSubstr("NETCTL_EC2_CERT")),
                                            Contains(HasSubstr("eth0 is a port of br0"))));
}

TEST(ControllerSetup, NamesWhatThisHostDoesNotHave) {
  const auto setup = setupOf(allInOne("VNET_BRIDGE=br7\nVNET_PUBLICIPS=203.0.113.1-203.0.113.9\n"));
  ASSERT_TRUE(setup) << setup.error().message;
  const auto& problems = setup->options.problems;
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].object, "interface br7");
  EXPECT_EQ(problems[0].severity, controller::Severity::error);
  EXPECT_EQ(problems[1].object, "address 203.0.113.5");
  EXPECT_EQ(problems[1].severity, controller::Severity::warning) << "all else works";
  ASSERT_EQ(setup->settings.host.taken.size(), 1U);
  EXPECT_EQ(setup->settings.host.taken[0].holder, "203.0.113.5 on eth1");
}

TEST(ControllerSetup, RefusesOverlapsOfANewSubnetAndNothingElse) {
  auto host = network();
  host.addresses.push_back({"docker0", test::address("10.5.7.1")});
  host.routes.push_back({{test::address("10.5.7.0"), 24}, "docker0"});
  const auto refused =
      controllerSetup(sound(allInOne("VNET_BRIDGE=br7\n")), {}, host, Overlap::Refused);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("--accept-overlap"));
  ASSERT_EQ(refused.error().faults.size(), 2U);
  EXPECT_EQ(
      refused.error().faults[0].message,
      "VNET_SUBNET: the private subnet 10.5.0.0/16 overlaps 10.5.7.1 on docker0 of this host");
  const auto named = controllerSetup(sound(allInOne()), {}, host, Overlap::Named);
  ASSERT_TRUE(named) << named.error().message;
  EXPECT_EQ(named->options.problems.size(), 2U);
  EXPECT_TRUE(
      controllerSetup(sound(allInOne("VNET_BRIDGE=br7\n")), {}, network(), Overlap::Refused));
}

TEST(ControllerSetup, OfANodeHasTheClustersSettingsAndItsOwnHosts) {
  const auto setup = setupOf(nodeHost("NETCTL_ZONE=mine\n"), prescribed());
  ASSERT_TRUE(setup) << setup.error().message;
  EXPECT_EQ(net::format(setup->settings.plan.subnet), "10.9.0.0/16");
  EXPECT_EQ(setup->settings.zone, "z7");
  EXPECT_EQ(setup->settings.region, "r7");
  EXPECT_EQ(setup->settings.host.role, cloud::Role::Node);
  EXPECT_EQ(setup->settings.host.node_name, "n1");
  EXPECT_EQ(setup->settings.host.bridge, "br0");
}

TEST(ControllerSetup, OfANodeThatHasNotHeardOfItsClusterIsItsOwn) {
  const auto setup = setupOf(nodeHost("NETCTL_ZONE=mine\n"));
  ASSERT_TRUE(setup) << setup.error().message;
  EXPECT_EQ(setup->settings.zone, "mine");
}

TEST(ControllerSetup, ChecksTheHostOfANodeToo) {
  const auto setup = setupOf(nodeHost("VNET_BRIDGE=br7\n"), prescribed());
  ASSERT_TRUE(setup) << setup.error().message;
  ASSERT_FALSE(setup->options.problems.empty());
  EXPECT_EQ(setup->options.problems[0].object, "interface br7");
}

TEST(ControllerSetup, RefusesAClusterOfAnotherMode) {
  auto other = prescribed();
  other.mode = cloud::NetworkMode::Managed;
  const auto setup = setupOf(nodeHost(), other);
  ASSERT_FALSE(setup);
  EXPECT_EQ(setup.error().code, ErrorCode::Conflict);
  EXPECT_THAT(setup.error().message,
              HasSubstr("the cluster runs in MANAGED, and VNET_MODE here says MANAGED-NOVLAN"));
}

}  // namespace
}  // namespace netctl::daemon
