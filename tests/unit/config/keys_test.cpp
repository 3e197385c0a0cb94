#include "netctl/config/keys.h"

#include "tests/unit/config/support.h"

#include <set>

namespace netctl::config {
namespace {

TEST(Keys, StandInTheTableOnceWithAllThatTheManualSays) {
  std::set<std::string_view> names;
  for (const auto& key : keys()) {
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    EXPECT_EQ(findKey(key.name), &key);
    EXPECT_TRUE(key.meaning.ends_with('.')) << key.name;
    EXPECT_EQ(key.read == nullptr, key.standing == Standing::NoEffect) << key.name;
    EXPECT_EQ(key.right.empty(), key.standing == Standing::NoEffect) << key.name;
    EXPECT_EQ(key.required_in & ~key.modes, 0) << key.name;
  }
  EXPECT_EQ(keys().front().name, "VNET_MODE");
  EXPECT_EQ(findKey("VNET_NOTHING"), nullptr);
}

TEST(Keys, HaveTheDefaultsThatTheTableSays) {
  for (const auto& key : keys()) {
    if (key.fallback.empty() || key.name == "VNET_MODE") continue;
    const auto without = test::parseText(std::string(test::kSound));
    const auto with =
        test::soundWith(std::string(key.name) + "=\"" + std::string(key.fallback) + "\"");
    const auto a = test::sound(without);
    const auto b = test::sound(with);
    const auto text = [](const Configuration& c) {
      const auto& s = c.settings;
      const auto& d = c.services;
      return ::testing::PrintToString(std::tuple(
          s.host.private_interface, s.domain_name, s.lease_seconds, net::format(s.mac_prefix),
          s.plan.cluster_index, s.plan.clusters, s.plan.tags.size(), s.zone, s.region,
          cloud::format(s.host.role), d.state_dir.string(), d.run_dir.string(), d.socket.string(),
          d.socket_group, d.tls_ca.string(), d.wait.count(), d.log_level, s.metadata_needs_token));
    };
    // The sound configuration sets the interfaces itself.
    if (key.name == "VNET_PRIVINTERFACE" || key.name == "VNET_PUBINTERFACE") continue;
    EXPECT_EQ(text(a), text(b)) << key.name;
  }
  EXPECT_EQ(findKey("VNET_PRIVINTERFACE")->fallback, cloud::HostSettings{}.private_interface);
  EXPECT_EQ(findKey("VNET_PUBINTERFACE")->fallback, cloud::HostSettings{}.public_interface);
}

TEST(Keys, AreGuessedFromWrongNames) {
  EXPECT_EQ(nearestKey("VNET_PUBLICIP", 3), "VNET_PUBLICIPS");
  EXPECT_EQ(nearestKey("VNET_PUBLIC_IPS", 3), "VNET_PUBLICIPS");
  EXPECT_EQ(nearestKey("vnet_mode", 3), "VNET_MODE");
  EXPECT_EQ(nearestKey("NETCLT_ROLE", 3), "NETCTL_ROLE");
  EXPECT_EQ(nearestKey("VNET_ADDRPERNET", 3), "VNET_ADDRSPERNET");
  EXPECT_EQ(nearestKey("NC_PORT", 2), std::nullopt);
  EXPECT_EQ(nearestKey("VNET_SOMETHING_ELSE", 3), std::nullopt);
  EXPECT_EQ(nearestKey(std::string(1000000, 'V'), 3), std::nullopt);
}

}  // namespace
}  // namespace netctl::config
