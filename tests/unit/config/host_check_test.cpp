#include "netctl/config/host_check.h"

#include "tests/unit/config/support.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

namespace netctl::config {
namespace {

using test::sound;
using test::soundWith;
using ::testing::HasSubstr;

/// A sound configuration of a single machine, where these lines count.
Configuration all(std::string_view lines = {}) {
  return sound(soundWith(std::string(lines) + "NETCTL_ROLE=all\nVNET_BRIDGE=br0\n"));
}

net::Ipv4Address address(std::string_view text) {
  return *net::parseIpv4Address(text);
}

/// eth0 is a port of br0, which bears the host's address; eth1 stands alone.
HostNetwork host() {
  return {{{"lo", false, "", 65536},
           {"br0", true, "", 1450},
           {"br1", true, "", 1500},
           {"eth0", false, "br0", 1500},
           {"eth1", false, "", 1500}},
          {{"lo", address("127.0.0.1")},
           {"br0", address("10.0.0.2")},
           {"eth1", address("203.0.113.5")}}};
}

/// Notices as they are, and conditions in a line each.
std::string problemsOf(const Configuration& configuration, const HostNetwork& host) {
  const auto check = checkHost(configuration, host);
  auto text = test::textOf(check.notices);
  for (const auto& one : check.conditions) {
    EXPECT_NE(one.consequence, "") << one.what;
    EXPECT_NE(one.remedy, "") << one.what;
    text += fmt::format("{}: {} {}; {}\n", one.key, one.object, one.what, one.remedy);
  }
  return text;
}

TEST(HostCheck, PutsGatewaysOnTheBridgeOfAPort) {
  const auto check = checkHost(all(), host());
  EXPECT_EQ(check.facts.private_interface, "br0");
  EXPECT_EQ(check.facts.public_interface, "eth1");
  EXPECT_EQ(check.facts.mtu, 1450U);
  EXPECT_EQ(test::textOf(check.notices),
            "test.conf:2: notice: VNET_PRIVINTERFACE=\"eth0\": eth0 is a port of br0, so addresses "
            "stand on br0\n");
}

TEST(HostCheck, TakesTheBridgeItself) {
  const auto check = checkHost(all("VNET_PRIVINTERFACE=br0\n"), host());
  EXPECT_EQ(check.facts.private_interface, "br0");
  EXPECT_EQ(test::textOf(check.notices), "");
}

TEST(HostCheck, TellsWhereABridgeWouldNotTurnPacketsAround) {
  const auto lines = [](std::string_view interface, std::string_view role) {
    return sound(soundWith(
        fmt::format("NETCTL_ROLE={}\nVNET_BRIDGE=br0\nVNET_PRIVINTERFACE={}\n", role, interface)));
  };
  constexpr auto kLimit = "where net.bridge.bridge-nf-call-iptables is 1, instances of other hosts";
  const auto on_bridge = checkHost(lines("br0", "cluster"), host());
  EXPECT_EQ(on_bridge.facts.private_port, "");
  EXPECT_THAT(test::textOf(on_bridge.notices), HasSubstr(kLimit));
  EXPECT_THAT(test::textOf(on_bridge.notices),
              HasSubstr("nor their own; name the port, which must bear the MAC of br0, or set"));
  const auto listening =
      sound(soundWith("NETCTL_ROLE=all\nVNET_BRIDGE=br0\nVNET_PRIVINTERFACE=br0\n"
                      "NETCTL_LISTEN=192.0.2.1:8443\n"));
  EXPECT_THAT(problemsOf(listening, host()), HasSubstr(kLimit));
  EXPECT_EQ(problemsOf(lines("br0", "all"), host()), "") << "there is no other host";
  EXPECT_EQ(checkHost(lines("eth0", "all"), host()).facts.private_port, "");
  EXPECT_EQ(problemsOf(lines("eth1", "cluster"), host()), "");

  const auto on_port = checkHost(lines("eth0", "cluster"), host());
  EXPECT_EQ(on_port.facts.private_port, "eth0");
  EXPECT_THAT(test::textOf(on_port.notices), Not(HasSubstr(kLimit)));
  auto other_mac = host();
  for (auto& one : other_mac.interfaces) {
    if (one.name == "eth0") one.mac = {{2, 0, 0, 0, 0, 7}};
  }
  const auto on_other = checkHost(lines("eth0", "cluster"), other_mac);
  EXPECT_EQ(on_other.facts.private_port, "");
  EXPECT_THAT(test::textOf(on_other.notices), HasSubstr(kLimit));
  EXPECT_THAT(test::textOf(on_other.notices),
              HasSubstr("ip link set br0 address 02:00:00:00:00:07"));
}

TEST(HostCheck, KnowsTheWireBehindTheBridge) {
  auto shared = host();
  constexpr net::MacAddress kBridge{{2, 0, 0, 0, 0, 1}};
  constexpr net::MacAddress kMember{{2, 0, 0, 0, 0, 2}};
  for (auto& one : shared.interfaces) {
    if (one.name == "br0") one.mac = kBridge;
    if (one.name == "eth0") one.mac = {{2, 0, 0, 0, 0, 9}};
  }
  const auto on_port = sound(soundWith("VNET_BRIDGE=br0\nVNET_PRIVINTERFACE=eth0\n"));
  const auto facts = checkHost(on_port, shared).facts;
  EXPECT_EQ(facts.uplink, "eth0");
  EXPECT_EQ(facts.port_mtu, 1500U) << "the bridge has its own from its ports";
  EXPECT_EQ(facts.private_macs, std::set{kBridge}) << "gateways stand on the bridge";

  shared.interfaces.push_back({"bond0", false, "br0", 9000, kBridge});
  shared.interfaces.push_back({"eth8", false, "bond0", 9000, kMember});
  const auto on_bridge = sound(soundWith("VNET_BRIDGE=br0\nVNET_PRIVINTERFACE=br0\n"));
  const auto bonded = checkHost(on_bridge, shared).facts;
  EXPECT_EQ(bonded.uplink, "") << "it may be any of its ports";
  EXPECT_EQ(bonded.port_mtu, 1450U);
  EXPECT_EQ(bonded.private_macs, (std::set{kBridge, kMember}));
}

TEST(HostCheck, PutsElasticAddressesOnTheBridgeOfAPort) {
  const auto check = checkHost(all("VNET_PUBINTERFACE=eth0\n"), host());
  EXPECT_EQ(check.facts.public_interface, "br0");
  EXPECT_THAT(test::textOf(check.notices), HasSubstr("VNET_PUBINTERFACE=\"eth0\": eth0 is a port"));
}

TEST(HostCheck, NamesInterfacesThatAreNotThere) {
  EXPECT_THAT(problemsOf(all("VNET_PRIVINTERFACE=eth9\n"), host()),
              HasSubstr("VNET_PRIVINTERFACE: interface eth9 is not there, and VNET_PRIVINTERFACE "
                        "names it; make it"));
  EXPECT_THAT(problemsOf(all("VNET_PUBINTERFACE=eth9\n"), host()),
              HasSubstr("VNET_PUBINTERFACE: interface eth9 is not there, and VNET_PUBINTERFACE "
                        "names it; make it"));
  EXPECT_THAT(
      problemsOf(all("VNET_BRIDGE=br9\n"), host()),
      HasSubstr("VNET_BRIDGE: interface br9 is not there, and VNET_BRIDGE names it; make it"));
}

TEST(HostCheck, NamesTheDefaultWhereTheKeyIsNotSet) {
  auto without = host();
  without.interfaces.erase(without.interfaces.begin() + 4);
  EXPECT_THAT(problemsOf(all("VNET_PUBINTERFACE=\n"), without),
              HasSubstr("notice: VNET_PUBINTERFACE: eth0 is a port of br0"));
}

TEST(HostCheck, WantsABridgeToBeOne) {
  EXPECT_THAT(problemsOf(all("VNET_BRIDGE=eth1\n"), host()),
              HasSubstr("VNET_BRIDGE: interface eth1 is not a bridge"));
}

TEST(HostCheck, NamesGatewaysThatInstancesCannotReach) {
  EXPECT_THAT(
      problemsOf(all("VNET_PRIVINTERFACE=eth1\n"), host()),
      HasSubstr("VNET_PRIVINTERFACE: interface eth1 is not the bridge br0 nor a port of it"));
  EXPECT_THAT(problemsOf(all("VNET_BRIDGE=br1\n"), host()),
              HasSubstr("make it a port of br1, or name br1 or a port of it"));
  EXPECT_EQ(problemsOf(sound(soundWith("VNET_PRIVINTERFACE=eth1\n")), host()), "")
      << "the cluster host has no instances";
}

TEST(HostCheck, LeavesAPortOfWhatIsNoBridgeAsItIs) {
  auto bonded = host();
  bonded.interfaces.push_back({"bond0", false, "", 1500});
  bonded.interfaces[4].master = "bond0";
  EXPECT_EQ(checkHost(all(), bonded).facts.public_interface, "eth1");
}

TEST(HostCheck, TakesATrunkAsItIsAndItsMtu) {
  auto free = host();
  for (auto& one : free.interfaces) {
    if (one.name != "eth0") continue;
    one.master.clear();
    one.mtu = 9000;
  }
  const auto check = checkHost(sound(soundWith("VNET_MODE=MANAGED\n")), free);
  EXPECT_EQ(test::textOf(check.notices), "");
  EXPECT_EQ(check.facts.private_interface, "eth0");
  EXPECT_EQ(check.facts.mtu, 9000U);
}

TEST(HostCheck, NamesATrunkThatIsABridgesPort) {
  EXPECT_THAT(problemsOf(sound(soundWith("VNET_MODE=MANAGED\n")), host()),
              HasSubstr("VNET_PRIVINTERFACE: interface eth0 is a port of br0; take it out"));
}

TEST(HostCheck, NamesAndKeepsClearOfWhatTheHostHasInThePoolAndThePrivateSubnet) {
  auto crowded = host();
  crowded.addresses.push_back({"eth1", address("203.0.113.20")});
  crowded.addresses.push_back({"br0", address("172.16.7.1")});
  crowded.routes.push_back({*net::parseIpv4Prefix("172.16.8.0/24"), "docker0"});
  crowded.routes.push_back({*net::parseIpv4Prefix("172.16.0.0/12"), "vpn0"});
  const auto problems = problemsOf(all(), crowded);
  EXPECT_THAT(problems, HasSubstr("VNET_PUBLICIPS: address 203.0.113.20 is on eth1 of this host"));
  EXPECT_THAT(problems, HasSubstr("take it out of VNET_PUBLICIPS with !203.0.113.20"));
  EXPECT_THAT(problems,
              HasSubstr("VNET_SUBNET: private subnet 172.16.0.0/16 overlaps 172.16.7.1 on "
                        "br0 of this host"));
  EXPECT_THAT(problems, HasSubstr("overlaps the route 172.16.8.0/24 by docker0 of this host"));
  EXPECT_THAT(problems, Not(HasSubstr("vpn0"))) << "our networks' routes are narrower";
  const auto check = checkHost(all(), crowded);
  ASSERT_EQ(check.taken.size(), 3U);
  EXPECT_EQ(net::format(check.taken[0].range), "203.0.113.20/32");
  EXPECT_EQ(net::format(check.taken[1].range), "172.16.7.1/32");
  EXPECT_EQ(net::format(check.taken[2].range), "172.16.8.0/24");
  EXPECT_EQ(std::ranges::count(check.conditions, true, &HostCondition::is_overlap), 2);
  for (auto& one : crowded.addresses) one.ours = true;
  for (auto& one : crowded.routes) one.ours = true;
  EXPECT_TRUE(checkHost(all(), crowded).conditions.empty()) << "what netctld put there";
}

TEST(HostCheck, FindsTheHostsOwnPublicAddresses) {
  auto with_others = host();
  EXPECT_EQ(checkHost(all(), with_others).public_addresses, std::vector{address("203.0.113.5")});
  with_others.addresses.push_back({"eth1", address("192.0.2.2")});
  with_others.addresses.push_back({"eth1", address("192.0.2.1")});
  with_others.addresses.push_back({"eth1", address("203.0.113.20")});  // of the pool
  with_others.addresses.push_back({"eth1", address("192.0.2.3"), true});
  with_others.addresses.push_back({"docker0", address("192.0.2.4")});
  EXPECT_EQ(checkHost(all(), with_others).public_addresses,
            (std::vector{address("192.0.2.1"), address("192.0.2.2"), address("203.0.113.5")}));
}

TEST(HostCheck, NamesAListenAddressThatStandsNowhere) {
  const auto listening = all("NETCTL_LISTEN=192.0.2.1:8443\nNETCTL_EC2_LISTEN=10.0.0.2:8773\n");
  EXPECT_THAT(problemsOf(listening, host()),
              HasSubstr("NETCTL_LISTEN: address 192.0.2.1 is on no interface of this host"));
  EXPECT_THAT(problemsOf(listening, host()), Not(HasSubstr("NETCTL_EC2_LISTEN")));
  auto later = host();
  later.addresses.push_back({"eth1", address("192.0.2.1")});
  EXPECT_TRUE(checkHost(listening, later).conditions.empty());
  for (const auto* anywhere : {"0.0.0.0:8443", "127.0.0.9:8443", "cloud.example:8443"}) {
    const auto everywhere = all(fmt::format("NETCTL_LISTEN={}\n", anywhere));
    EXPECT_TRUE(checkHost(everywhere, host()).conditions.empty()) << anywhere;
  }
}

TEST(HostCheck, SeesThatTheNameServerIsThisHost) {
  EXPECT_TRUE(checkHost(all("VNET_DNS=10.0.0.2\n"), host()).facts.dns_is_local);
  EXPECT_FALSE(checkHost(all("VNET_DNS=10.0.0.3\n"), host()).facts.dns_is_local);
}

TEST(HostCheck, WantsNothingOfTheClusterHostInSystem) {
  EXPECT_EQ(problemsOf(sound(test::parseText("VNET_MODE=SYSTEM\n")), {}), "");
  EXPECT_THAT(problemsOf(sound(test::parseText("NETCTL_ROLE=all\nVNET_BRIDGE=br0\n")), {}),
              HasSubstr("VNET_BRIDGE: interface br0 is not there"));
}

/// STATIC on the host above, whose br0 has 10.0.0.2.
Configuration inStatic(std::string_view lines = {}) {
  return sound(test::parseText(std::string(lines) +
                               "VNET_MODE=STATIC\nNETCTL_ROLE=all\nVNET_BRIDGE=br0\n"
                               "VNET_SUBNET=10.0.0.0\nVNET_NETMASK=255.255.255.0\n"
                               "VNET_BROADCAST=10.0.0.255\nVNET_ROUTER=10.0.0.1\n"
                               "VNET_DNS=10.0.0.1\nVNET_MACMAP=02:00:00:00:00:01=10.0.0.7\n"));
}

TEST(HostCheck, StaticAnswersWhereTheHostHasAnAddressOfTheSubnet) {
  const auto check = checkHost(inStatic(), host());
  EXPECT_EQ(check.facts.private_interface, "br0");
  EXPECT_THAT(test::textOf(check.notices), HasSubstr("eth0 is a port of br0, so DHCP answers on "
                                                     "br0"));
  EXPECT_THAT(problemsOf(inStatic("VNET_PRIVINTERFACE=eth1\n"), host()),
              HasSubstr("VNET_PRIVINTERFACE: interface eth1 has no address of 10.0.0.0/24"));
  EXPECT_THAT(problemsOf(inStatic("VNET_MACMAP=02:00:00:00:00:01=10.0.0.2\n"), host()),
              HasSubstr("VNET_MACMAP: address 10.0.0.2 is this host's own, and VNET_MACMAP has it "
                        "for 02:00:00:00:00:01"));
}

TEST(HostCheck, SystemNeedsTheBridgeAlone) {
  const auto configuration = sound(test::parseText("VNET_BRIDGE=br0\nNETCTL_ROLE=all\n"));
  EXPECT_EQ(problemsOf(configuration, host()), "");
}

}  // namespace
}  // namespace netctl::config
