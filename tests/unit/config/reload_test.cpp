#include "netctl/config/reload.h"

#include "tests/unit/config/support.h"

#include <gmock/gmock.h>

namespace netctl::config {
namespace {

using test::sound;
using test::soundWith;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Configuration with(std::string_view lines) {
  return sound(soundWith(lines));
}

std::vector<std::string> changes(const Reload& reload) {
  std::vector<std::string> result;
  for (const auto& change : reload.changes) result.push_back(format(change));
  return result;
}

TEST(Reload, OfTheSameIsNothing) {
  EXPECT_THAT(compare(with(""), with(""), {}).changes, IsEmpty());
  EXPECT_THAT(
      compare(with("NETCTL_TAGS=\"2-9 11\""), with("NETCTL_TAGS=\"2-9   11 \""), {}).changes,
      IsEmpty());
}

TEST(Reload, TakesAtOnceWhatCanChangeAtRunTime) {
  const auto reload = compare(
      with(""),
      with("NETCTL_DENY=10.0.0.0/8\nNETCTL_WAIT=3\nVNET_DNS=9.9.9.9\nNETCTL_LOG_LEVEL=debug\n"
           "VNET_PUBLICIPS=203.0.113.10-203.0.113.70\nNETCTL_DHCP_LEASE=600\n"),
      {});
  EXPECT_THAT(changes(reload), ElementsAre("VNET_PUBLICIPS: \"203.0.113.10-203.0.113.60\" -> "
                                           "\"203.0.113.10-203.0.113.70\": taken",
                                           "VNET_DNS: \"8.8.8.8\" -> \"9.9.9.9\": taken",
                                           "NETCTL_DENY: \"\" -> \"10.0.0.0/8\": taken",
                                           "NETCTL_DHCP_LEASE: \"\" -> \"600\": taken",
                                           "NETCTL_WAIT: \"\" -> \"3\": taken",
                                           "NETCTL_LOG_LEVEL: \"\" -> \"debug\": taken"));
  const auto& settings = reload.configuration.settings;
  EXPECT_EQ(settings.pool.size(), 61U);
  EXPECT_EQ(settings.deny.size(), 1U);
  EXPECT_EQ(settings.lease_seconds, 600U);
  EXPECT_EQ(reload.configuration.services.wait.count(), 3);
  EXPECT_EQ(settings.host.node_name, "host1");
}

TEST(Reload, LeavesTheRestForARestart) {
  const auto reload = compare(with(""), with("VNET_ADDRSPERNET=64\nNETCTL_WAIT=3\n"), {});
  EXPECT_THAT(changes(reload),
              ElementsAre("VNET_ADDRSPERNET: \"32\" -> \"64\": needs a restart of netctld",
                          "NETCTL_WAIT: \"\" -> \"3\": taken"));
  EXPECT_EQ(reload.configuration.settings.plan.network_size, 32U);
  EXPECT_EQ(reload.configuration.services.wait.count(), 3);
}

TEST(Reload, RefusesToTakeAwayWhatIsInUse) {
  const InUse in_use{{{7}}, {*net::parseIpv4Address("203.0.113.20")}};
  const auto reload = compare(
      with(""), with("NETCTL_TAGS=\"2-100 !7\"\nVNET_PUBLICIPS=203.0.113.10\nNETCTL_WAIT=3\n"),
      in_use);
  EXPECT_THAT(changes(reload),
              ElementsAre("VNET_PUBLICIPS: \"203.0.113.10-203.0.113.60\" -> \"203.0.113.10\": "
                          "refused: 203.0.113.20 is in use; release it first",
                          "NETCTL_TAGS: \"\" -> \"2-100 !7\": refused: tag 7 is in use; detach its "
                          "instances first",
                          "NETCTL_WAIT: \"\" -> \"3\": taken"));
  EXPECT_TRUE(reload.configuration.settings.plan.hasTag({7}));
  EXPECT_EQ(reload.configuration.settings.pool.size(), 51U);
  const auto allowed =
      compare(with(""), with("NETCTL_TAGS=7-9\nVNET_PUBLICIPS=203.0.113.20\n"), in_use);
  EXPECT_EQ(allowed.configuration.settings.plan.tags.size(), 3U);
  EXPECT_EQ(allowed.configuration.settings.pool.size(), 1U);
}

TEST(Reload, RefusesWhatFitsOnlyAfterTheRestart) {
  // The new pool lies in the subnet that is still in force.
  const auto reload = compare(
      with(""), with("VNET_SUBNET=10.0.0.0\nVNET_PUBLICIPS=172.16.5.1\nVNET_DNS=9.9.9.9\n"), {});
  EXPECT_THAT(
      changes(reload),
      ElementsAre(
          "VNET_SUBNET: \"172.16.0.0\" -> \"10.0.0.0\": needs a restart of netctld",
          "VNET_PUBLICIPS: \"203.0.113.10-203.0.113.60\" -> \"172.16.5.1\": refused: before "
          "the restart, must not overlap the private subnet 172.16.0.0/16, but holds "
          "172.16.5.1-172.16.5.1 of it",
          "VNET_DNS: \"8.8.8.8\" -> \"9.9.9.9\": taken"));
  EXPECT_EQ(net::format(reload.configuration.settings.plan.subnet), "172.16.0.0/16");
  EXPECT_EQ(reload.configuration.settings.pool.size(), 51U);
  EXPECT_EQ(net::format(reload.configuration.settings.dns), "9.9.9.9");
}

TEST(Reload, WaitsForTheRestartWhereTheModeChanges) {
  const auto system = sound(test::parseText("VNET_MODE=SYSTEM\nNETCTL_WAIT=1\n"));
  const auto reload = compare(system, with("NETCTL_WAIT=2"), {});
  EXPECT_EQ(reload.configuration.settings.mode, cloud::NetworkMode::System);
  EXPECT_EQ(reload.configuration.services.wait.count(), 2);
  const auto back = compare(with(""), system, {});
  EXPECT_EQ(back.configuration.settings.mode, cloud::NetworkMode::ManagedNoVlan);
  EXPECT_EQ(net::format(back.configuration.settings.dns), "8.8.8.8") << "which it still needs";
}

TEST(Reload, SaysAgainWhatThereIsToSayOfTheFiles) {
  Sources sources{{"test.conf", std::string(test::kSound) + "NC_ROUTER=Y\n"}, {}, true, "host1"};
  const auto now = sound(parse(sources));
  ASSERT_EQ(now.notices.size(), 2U);
  EXPECT_EQ(compare(now, now, {}).configuration.notices.size(), 2U);
  EXPECT_EQ(compare(with(""), now, {}).configuration.notices.size(), 2U);
  EXPECT_EQ(compare(now, with(""), {}).configuration.notices.size(), 0U);
}

}  // namespace
}  // namespace netctl::config
