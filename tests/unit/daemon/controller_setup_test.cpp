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

TEST(ControllerSetup, NamesAllThatThisHostCannotCarry) {
  const auto setup = setupOf(allInOne("VNET_BRIDGE=br7\nVNET_PUBLICIPS=203.0.113.1-203.0.113.9\n"));
  ASSERT_FALSE(setup);
  EXPECT_EQ(setup.error().code, ErrorCode::InvalidArgument);
  std::string faults;
  for (const auto& fault : setup.error().faults) faults += fault.message + "\n";
  EXPECT_THAT(faults, HasSubstr("this host has no interface br7"));
  EXPECT_THAT(faults, HasSubstr("has 203.0.113.5 on eth1"));
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
  ASSERT_FALSE(setup);
  EXPECT_THAT(setup.error().faults.at(0).message, HasSubstr("this host has no interface br7"));
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
