#include "netctl/cli/host_defaults.h"
#include "netctl/cli/setup_text.h"

#include "netctl/config/configuration.h"
#include "tests/support/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace netctl::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

config::Loaded load(const SetupAnswers& answers) {
  config::Sources sources;
  sources.main = {"netctl.conf", configurationText(answers)};
  sources.host_name = "cloud1";
  return config::parse(sources);
}

SetupAnswers answers() {
  return {.bridge = "br0",
          .private_interface = "br0",
          .public_interface = "eth0",
          .pool = "203.0.113.10-203.0.113.60",
          .dns = "198.51.100.53"};
}

TEST(SetupText, OfEachModeIsSound) {
  for (const auto* mode : {"SYSTEM", "MANAGED", "MANAGED-NOVLAN"}) {
    auto told = answers();
    told.mode = mode;
    const auto loaded = load(told);
    for (const auto& problem : loaded.problems) {
      EXPECT_NE(problem.severity, config::Severity::Error) << config::format(problem);
      EXPECT_NE(problem.severity, config::Severity::Warning) << config::format(problem);
    }
    EXPECT_TRUE(loaded.configuration) << mode;
  }
}

TEST(SetupText, HasWhatTheModeHasUseFor) {
  auto told = answers();
  EXPECT_THAT(configurationText(told), HasSubstr("VNET_NETMASK=\"255.255.0.0\"\n"));
  // As botocore reads the region out of the metadata.
  EXPECT_THAT(configurationText(told), HasSubstr("NETCTL_ZONE=\"netctla\"\n"));
  told.pool = "";
  EXPECT_THAT(configurationText(told), Not(HasSubstr("VNET_PUBLICIPS")));
  told.mode = "MANAGED";
  EXPECT_THAT(configurationText(told), Not(HasSubstr("VNET_BRIDGE")));
}

TEST(SetupText, LeavesAFaultToTheCheck) {
  auto told = answers();
  told.subnet = "172.16.0.0";
  EXPECT_FALSE(load(told).configuration);
}

TEST(HostDefaults, AreWhatTheHostHas) {
  const netctl::testing::TemporaryDirectory directory;
  const auto& root = directory.path();
  for (const auto* device : {"docker0/bridge", "br-1f/bridge", "virbr0/bridge", "vmbr0/bridge",
                             "eth0", "vmbr1/bridge"}) {
    fs::create_directories(root / "sys/class/net" / device);
  }
  fs::create_directories(root / "proc/net");
  fs::create_directories(root / "etc");
  fs::create_directories(root / "run/systemd/resolve");
  std::ofstream(root / "proc/net/route") << "Iface\tDestination\tGateway\n"
                                            "eth1\t000010AC\t00000000\n"
                                            "eth0\t00000000\t010071CB\n";
  std::ofstream(root / "etc/resolv.conf") << "# stub\nnameserver 127.0.0.53\n";
  std::ofstream(root / "run/systemd/resolve/resolv.conf")
      << "nameserver 2001:db8::53\nnameserver 198.51.100.53\n";
  const auto defaults = hostDefaults(root);
  EXPECT_EQ(defaults.bridge, "vmbr0");
  EXPECT_EQ(defaults.public_interface, "eth0");
  EXPECT_EQ(defaults.dns, "198.51.100.53");
  EXPECT_EQ(hostDefaults(root / "nowhere").bridge, "");
}

}  // namespace
}  // namespace netctl::cli
