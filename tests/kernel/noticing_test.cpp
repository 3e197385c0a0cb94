#include "netctl/kernel/ipset/ipset.h"
#include "netctl/kernel/ipset/set_sizes.h"
#include "netctl/kernel/iptables/iptables.h"
#include "netctl/kernel/iptables/table_hashes.h"
#include "netctl/kernel/nft/bridge_guards.h"
#include "netctl/kernel/nft/nft_monitor.h"
#include "tests/kernel/support/network_namespace.h"

#include <gmock/gmock.h>

/// What others change, as far as the kernel tells of it or can be asked.
namespace netctl::kernel {
namespace {

using host::Area;
using host::Areas;
using host::Table;

class NoticingTest : public NetworkNamespace {};

std::set<Table> changed(TableHashes& hashes) {
  const auto tables = hashes.changed();
  EXPECT_TRUE(tables) << tables.error().message;
  return tables ? *tables : std::set<Table>();
}

TEST_F(NoticingTest, AChangedTableHasAnotherHash) {
  TableHashes hashes;
  EXPECT_EQ(changed(hashes), std::set<Table>{}) << "no table is set up by asking";
  output("iptables-legacy -A FORWARD -s 10.0.0.1 -j ACCEPT");
  EXPECT_EQ(changed(hashes), std::set{Table::Filter});
  EXPECT_EQ(changed(hashes), std::set<Table>{});
  for (const auto* change :
       {"iptables-legacy -R FORWARD 1 -s 10.0.0.1 -j DROP", "iptables-legacy -P FORWARD DROP",
        "iptables-legacy -I FORWARD -s 10.0.0.2 -j DROP",
        "iptables-legacy -R FORWARD 1 -s 10.0.0.3 -j DROP", "iptables-legacy -F"}) {
    output(change);
    EXPECT_EQ(changed(hashes), std::set{Table::Filter}) << change;
  }
}

TEST_F(NoticingTest, WhatRulesCountIsNoChange) {
  output("ip link set lo up && iptables-legacy -A OUTPUT -j ACCEPT");
  TableHashes hashes;
  changed(hashes);
  output("ping -c 1 127.0.0.1");
  EXPECT_NE(output("iptables-legacy-save -c -t filter").find("-A OUTPUT"), std::string::npos);
  EXPECT_EQ(changed(hashes), std::set<Table>{});
}

TEST_F(NoticingTest, ASetOfAnotherSizeThanExpectedWasChanged) {
  auto ipset = Ipset::open().value();
  SetSizes sizes;
  const auto differ = [&] { return sizes.differ(ipset.sizes().value()); };
  const auto carryOut = [&](const auto& step) {
    ASSERT_TRUE(ipset.apply(step));
    sizes.note(step);
  };
  EXPECT_FALSE(differ());
  output("ipset create site hash:ip && ipset add site 10.0.0.1");
  EXPECT_FALSE(differ()) << "not ours";
  const host::SetMember one{.address = {0x0a000001U}};
  const host::SetMember two{.address = {0x0a000002U}};
  carryOut(host::CreateSet{"nc_a", {host::SetType::HashIp, {one}}});
  carryOut(host::AddMembers{"nc_a", host::SetType::HashIp, {two}});
  carryOut(host::RemoveMembers{"nc_a", host::SetType::HashIp, {one}});
  EXPECT_FALSE(differ()) << "our own doing";
  output("ipset flush nc_a");
  EXPECT_TRUE(differ());
  EXPECT_FALSE(differ()) << "told once";
  output("ipset destroy nc_a");
  EXPECT_TRUE(differ());
}

class NftMonitorTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    monitor_.emplace(NftMonitor::open().value());
  }
  Areas drain() {
    const auto areas = monitor_->drain();
    EXPECT_TRUE(areas) << areas.error().message;
    return areas ? *areas : Areas();
  }

  std::optional<NftMonitor> monitor_;
};

TEST_F(NftMonitorTest, TellsOfOurTablesWhenSomebodyElseChangesThem) {
  output("nft add table ip site && nft add table inet netctl");
  EXPECT_EQ(drain(), Areas{}) << "not ours";
  output("nft add table ip netctl");
  EXPECT_EQ(drain(), Areas{Area::Nat});
  output("nft add table bridge netctl && nft add set bridge netctl a '{ type ether_addr; }'");
  EXPECT_EQ(drain(), Areas{Area::Guards});
  output("nft add element bridge netctl a '{ 02:00:00:00:00:01 }'");
  EXPECT_EQ(drain(), Areas{Area::Guards});
  output("nft delete element bridge netctl a '{ 02:00:00:00:00:01 }'");
  EXPECT_EQ(drain(), Areas{Area::Guards});
  output("nft flush ruleset");
  EXPECT_EQ(drain(), (Areas{Area::Guards, Area::Nat}));
}

TEST_F(NftMonitorTest, SaysNothingOfOurOwnDoing) {
  auto guards = BridgeGuards::open().value();
  host::EditGuards edit;
  edit.rules.emplace();
  edit.rules->after = host::GuardRules{.shared_bridge = "br0"};
  const auto done = guards.apply(edit);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(drain(), Areas{});
  output("nft delete table bridge netctl");
  EXPECT_EQ(drain(), Areas{Area::Guards});
}

}  // namespace
}  // namespace netctl::kernel
