#include "modes/host/names.h"
#include "netctl/kernel/links/bridge_ports.h"
#include "netctl/kernel/links/forwarding.h"
#include "netctl/kernel/links/interface_addresses.h"
#include "netctl/kernel/links/link_monitor.h"
#include "netctl/kernel/links/public_route.h"

#include "tests/kernel/support/network_namespace.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <unistd.h>

namespace netctl::kernel {
namespace {

using host::ClosePort;
using host::HostState;
using host::OpenPort;
using host::Port;
using host::Scope;
using ::testing::Contains;

class LinksTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    output("ip link add br0 type bridge && ip link set br0 up && ip link add br1 type bridge");
    output("ip tuntap add vnet0 mode tap && ip tuntap add vnet1 mode tap");
    socket_.emplace(RouteSocket::open().value());
    ports_.emplace(Ports::open().value());
  }

  HostState look(const Scope& scope) {
    HostState state;
    LinkSnapshot links;
    const auto looked = ports_->look(scope, links, state);
    EXPECT_TRUE(looked) << looked.error().message;
    return state;
  }
  HostState lookAt(std::set<std::string> devices) {
    Scope scope;
    scope.ports = std::move(devices);
    return look(scope);
  }
  HostState lookAtAll() {
    Scope scope;
    scope.everything = true;
    return look(scope);
  }
  Link link(const std::string& name) {
    auto found = findLink(*socket_, name).value();
    EXPECT_TRUE(found) << name;
    return found.value_or(Link{});
  }
  void open(const std::string& device, const std::string& instance,
            const std::string& bridge = "br0") {
    const auto opened = ports_->apply(OpenPort{device, Port{instance, bridge, true}});
    ASSERT_TRUE(opened) << opened.error().message;
  }
  void close(const std::string& device, const std::string& instance) {
    const auto closed = ports_->apply(ClosePort{device, Port{instance, "br0", true}});
    ASSERT_TRUE(closed) << closed.error().message;
  }

  std::optional<RouteSocket> socket_;
  std::optional<Ports> ports_;
};

const Port kPort{"i-0a1b2c3d", "br0", true};

TEST_F(LinksTest, AnOpenedPortIsThereForBothKindsOfLook) {
  open("vnet0", "i-0a1b2c3d");
  const std::map<std::string, Port> expected{{"vnet0", kPort}};
  EXPECT_EQ(lookAt({"vnet0", "vnet1", "absent"}).ports, expected);
  EXPECT_EQ(lookAtAll().ports, expected);
  EXPECT_EQ(link("vnet0").master, link("br0").index);
  EXPECT_TRUE(link("vnet0").up);
}

TEST_F(LinksTest, TheLongestInstanceIdFitsAnAlternativeName) {
  open("vnet0", "i-0123456789abcdef0");
  EXPECT_EQ(lookAtAll().ports.at("vnet0").instance, "i-0123456789abcdef0");
  EXPECT_EQ(link("nc_i-0123456789abcdef0").name, "vnet0");
}

TEST_F(LinksTest, OpeningTwiceIsOpeningOnce) {
  open("vnet0", "i-0a1b2c3d");
  open("vnet0", "i-0a1b2c3d");
  EXPECT_EQ(link("vnet0").alternative_names, std::vector<std::string>{"nc_i-0a1b2c3d"});
}

TEST_F(LinksTest, APortThatTheHypervisorPluggedStaysPluggedWhileItIsTaken) {
  output("ip link set vnet0 up master br0");
  EXPECT_TRUE(lookAtAll().ports.empty());
  const auto before = link("vnet0");
  open("vnet0", "i-0a1b2c3d");
  auto after = link("vnet0");
  EXPECT_EQ(lookAt({"vnet0"}).ports.at("vnet0"), kPort);
  EXPECT_TRUE(after.hairpin);
  after.alternative_names.clear();
  after.hairpin = false;
  EXPECT_EQ(before, after);
}

TEST_F(LinksTest, AnAbsentDeviceIsWaitedFor) {
  const auto opened = ports_->apply(OpenPort{"vnet9", kPort});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::NotFound);
  EXPECT_EQ(opened.error().reason, kWaiting);
}

TEST_F(LinksTest, AMissingBridgeIsNotAMissingDevice) {
  const auto opened = ports_->apply(OpenPort{"vnet0", Port{"i-0a1b2c3d", "br9", true}});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().reason, kWaiting);
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("br9"));
  EXPECT_TRUE(link("vnet0").alternative_names.empty());
}

TEST_F(LinksTest, WhatIsNoBridgeIsRefusedAsBridge) {
  const auto opened = ports_->apply(OpenPort{"vnet0", Port{"i-0a1b2c3d", "vnet1", true}});
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("vnet1 is not a bridge"));
}

TEST_F(LinksTest, SomebodyElsesPortOfAnotherBridgeIsLeftThere) {
  output("ip link set vnet0 master br1");
  const auto before = link("vnet0");
  const auto opened = ports_->apply(OpenPort{"vnet0", kPort});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Conflict);
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("br1"));
  EXPECT_EQ(link("vnet0"), before);
}

/// It would cut the host off from a network.
TEST_F(LinksTest, ADeviceWithAnAddressOfTheHostIsLeftAlone) {
  output("ip address add 192.0.2.7/24 dev vnet0");
  const auto before = link("vnet0");
  const auto opened = ports_->apply(OpenPort{"vnet0", kPort});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Conflict);
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("192.0.2.7"));
  EXPECT_EQ(link("vnet0"), before);
  // Once it is ours, an address does not make it the host's.
  open("vnet1", "i-0a1b2c3e");
  output("ip address add 192.0.2.8/24 dev vnet1 && ip link set vnet1 nomaster");
  open("vnet1", "i-0a1b2c3e");
}

TEST_F(LinksTest, OurPortThatWasMovedOrSetDownIsBroughtBack) {
  open("vnet0", "i-0a1b2c3d");
  output("ip link set vnet0 down master br1");
  EXPECT_EQ(lookAt({"vnet0"}).ports.at("vnet0"), (Port{"i-0a1b2c3d", "br1", false, false}));
  open("vnet0", "i-0a1b2c3d");
  EXPECT_EQ(lookAt({"vnet0"}).ports.at("vnet0"), kPort);
  output("ip link set vnet0 nomaster");
  EXPECT_EQ(lookAt({"vnet0"}).ports.at("vnet0"), (Port{"i-0a1b2c3d", "", true, false}));
}

TEST_F(LinksTest, ARefusedDeviceBearsNoNameOfOurs) {
  // The kernel makes no bridge a port of another.
  const auto opened = ports_->apply(OpenPort{"br1", kPort});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Kernel);
  EXPECT_TRUE(link("br1").alternative_names.empty());
}

TEST_F(LinksTest, AClosedPortIsUnpluggedAndNotDeleted) {
  output("ip link property add dev vnet0 altname others");
  open("vnet0", "i-0a1b2c3d");
  open("vnet1", "i-0a1b2c3e");
  close("vnet0", "i-0a1b2c3d");
  EXPECT_EQ(link("vnet0").master, 0);
  EXPECT_FALSE(link("vnet0").up) << "outside of a bridge its frames would reach the host itself";
  EXPECT_EQ(link("vnet0").alternative_names, std::vector<std::string>{"others"});
  EXPECT_EQ(link("vnet1").master, link("br0").index);
  close("vnet0", "i-0a1b2c3d");
}

TEST_F(LinksTest, ClosingAnAbsentDeviceIsDone) {
  close("vnet9", "i-0a1b2c3d");
}

TEST_F(LinksTest, APortThatIsNotTheInstancesIsNotClosed) {
  output("ip link set vnet0 master br0");
  close("vnet0", "i-0a1b2c3d");
  open("vnet1", "i-0a1b2c3e");
  close("vnet1", "i-0a1b2c3d");
  EXPECT_EQ(link("vnet0").master, link("br0").index);
  EXPECT_EQ(link("vnet1").master, link("br0").index);
}

TEST_F(LinksTest, TheBridgesMacStaysWhatItIsAsPortsComeAndGo) {
  output("ip link add uplink address d0:0d:00:00:00:07 type veth peer far0");
  output("ip link set uplink master br0");
  output("ip link set vnet0 address 02:00:00:00:00:01");
  output("ip link set vnet1 address fe:00:00:00:00:01 up");
  open("vnet0", "i-0a1b2c3d");
  open("vnet1", "i-0a1b2c3e");
  EXPECT_EQ(net::format(link("br0").mac), "d0:0d:00:00:00:07");
  close("vnet0", "i-0a1b2c3d");
  close("vnet1", "i-0a1b2c3e");
  EXPECT_EQ(net::format(link("br0").mac), "d0:0d:00:00:00:07");
}

TEST_F(LinksTest, ATapIsItsHypervisorsToPlugForAWhile) {
  const OpenPort step{"vnet0", kPort};
  output("ip link set vnet0 address fe:00:00:00:00:01");
  const auto early = ports_->apply(step);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::Busy);
  EXPECT_EQ(link("vnet0").master, 0);
  output("ip link set vnet0 master br0");
  open("vnet0", "i-0a1b2c3d");
  // Closed and opened again, it is not a new one.
  close("vnet0", "i-0a1b2c3d");
  open("vnet0", "i-0a1b2c3d");

  output("ip link set vnet1 address fe:00:00:00:00:02");
  const OpenPort forgotten{"vnet1", Port{"i-0a1b2c3e", "br0", true}};
  ASSERT_FALSE(ports_->apply(forgotten));
  ::usleep(1'100'000);
  EXPECT_TRUE(ports_->apply(forgotten));
}

TEST_F(LinksTest, TheBridgesMacStaysWhenThePortLeavesThatItCameFrom) {
  output("ip link set vnet0 address 02:00:00:00:00:01 master br0");
  ASSERT_EQ(link("br0").mac, link("vnet0").mac);
  open("vnet0", "i-0a1b2c3d");
  open("vnet1", "i-0a1b2c3e");
  close("vnet0", "i-0a1b2c3d");
  EXPECT_EQ(net::format(link("br0").mac), "02:00:00:00:00:01");
}

TEST_F(LinksTest, ADeviceHasOneInstanceAtATime) {
  open("vnet0", "i-0a1b2c3d");
  open("vnet0", "i-0a1b2c3e");
  EXPECT_EQ(lookAtAll().ports.at("vnet0").instance, "i-0a1b2c3e");
  EXPECT_EQ(link("vnet0").alternative_names.size(), 1U);
}

TEST_F(LinksTest, AnInstanceHasOneDeviceAtATime) {
  open("vnet0", "i-0a1b2c3d");
  const auto opened = ports_->apply(OpenPort{"vnet1", kPort});
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().retryable());
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("vnet0"));
  EXPECT_EQ(link("vnet1").master, 0);
}

TEST_F(LinksTest, ARenamedDeviceIsOursUnderItsNewNameOnly) {
  open("vnet0", "i-0a1b2c3d");
  output("ip link set vnet0 down && ip link set vnet0 name tap7 && ip link set tap7 up");
  output("ip link property add dev tap7 altname vnet0");
  EXPECT_EQ(lookAtAll().ports, (std::map<std::string, Port>{{"tap7", kPort}}));
  EXPECT_TRUE(lookAt({"vnet0"}).ports.empty());
  const auto opened = ports_->apply(OpenPort{"vnet0", kPort});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, kWaiting);
  close("tap7", "i-0a1b2c3d");
  EXPECT_TRUE(lookAtAll().ports.empty());
}

TEST_F(LinksTest, AVanishedDeviceIsNoPort) {
  open("vnet0", "i-0a1b2c3d");
  output("ip link del vnet0");
  EXPECT_TRUE(lookAt({"vnet0"}).ports.empty());
  EXPECT_TRUE(lookAtAll().ports.empty());
}

TEST_F(LinksTest, ManyPortsAreReadInOneLook) {
  output("for i in $(seq 500); do echo link add p$i up type veth peer q$i; done | ip -batch -");
  for (int i = 1; i <= 500; ++i) open(fmt::format("p{}", i), fmt::format("i-{:08x}", i));
  EXPECT_EQ(lookAtAll().ports.size(), 500U);
}

TEST_F(LinksTest, ADeviceHasAGroupAndStandsOnAnother) {
  output("ip link add trunk0 type veth peer name far0 && ip link set trunk0 group 7");
  EXPECT_EQ(link("trunk0").group, 7U);
  EXPECT_EQ(link("far0").group, 0U);
  EXPECT_EQ(link("trunk0").parent, link("far0").index);
  EXPECT_EQ(link("vnet0").parent, 0);
  EXPECT_FALSE(link("trunk0").vlan_id);
}

TEST_F(LinksTest, ADeviceIsReadAsItIs) {
  output("ip link set br0 mtu 1400 address 02:00:00:00:00:07 up && ip link set vnet0 master br0");
  const auto bridge = link("br0");
  EXPECT_TRUE(bridge.is_bridge);
  EXPECT_TRUE(bridge.up);
  EXPECT_EQ(bridge.mtu, 1400U);
  EXPECT_EQ(net::format(bridge.mac), "02:00:00:00:00:07");
  EXPECT_EQ(bridge.master, 0);
  EXPECT_FALSE(link("vnet0").is_bridge);
  EXPECT_EQ(link("vnet0").master, bridge.index);
}

TEST_F(LinksTest, WhatASnapshotHasToldStaysAsItWas) {
  const auto bridge = link("br0").index;
  const auto port = link("vnet0").index;
  LinkSnapshot links;
  EXPECT_EQ(links.name(*socket_, 0).value(), "");
  EXPECT_EQ(links.name(*socket_, bridge).value(), "br0");
  output("ip link delete br0");
  EXPECT_EQ(links.name(*socket_, bridge).value(), "br0");
  const auto count = links.all(*socket_).value()->size();
  output("ip link delete vnet0");
  EXPECT_EQ(links.all(*socket_).value()->size(), count);
  EXPECT_EQ(links.name(*socket_, port).value(), "vnet0");
  EXPECT_EQ(LinkSnapshot().name(*socket_, port).value(), "");
}

TEST_F(LinksTest, ADeviceStandsOnNoneOfAnotherNamespace) {
  output("ip netns add far && ip link add trunk0 type veth peer name far0 netns far");
  EXPECT_EQ(link("trunk0").parent, 0);
  output("ip netns delete far");
}

TEST_F(LinksTest, NoOtherDeviceIsAVlanDevice) {
  output("ip link set vnet0 master br0");
  EXPECT_TRUE(readVlanDevices(*socket_).value().empty());
  EXPECT_TRUE(readVlanDevices(*socket_, link("br0").index).value().empty());
}

class LinkMonitorTest : public LinksTest {
 protected:
  void SetUp() override {
    LinksTest::SetUp();
    monitor_.emplace(LinkMonitor::open().value());
  }
  LinkChanges drain() {
    auto changes = monitor_->drain();
    EXPECT_TRUE(changes) << changes.error().message;
    return changes ? *changes : LinkChanges{};
  }
  std::set<std::string> changed() {
    std::set<std::string> names;
    for (const auto& [name, link] : drain().devices) names.insert(name);
    return names;
  }
  bool isReadable() {
    pollfd poll{monitor_->descriptor(), POLLIN, 0};
    return ::poll(&poll, 1, 2000) == 1;
  }

  std::optional<LinkMonitor> monitor_;
};

using Names = std::set<std::string>;

TEST_F(LinkMonitorTest, TellsOfDevicesThatComeAndGo) {
  EXPECT_EQ(changed(), Names{});
  output("ip tuntap add vnet2 mode tap");
  EXPECT_TRUE(isReadable());
  const auto comes = drain().devices;
  ASSERT_EQ(comes.size(), 1U);
  EXPECT_EQ(comes.at("vnet2")->mac, link("vnet2").mac);
  output("ip link del vnet2");
  const auto goes = drain().devices;
  ASSERT_EQ(goes.size(), 1U);
  EXPECT_FALSE(goes.at("vnet2"));
}

TEST_F(LinkMonitorTest, TellsOfAPortThatIsTakenOutOfItsBridge) {
  open("vnet0", "i-0a1b2c3d");
  EXPECT_TRUE(drain().devices.contains("vnet0"));
  output("ip link set vnet0 nomaster");
  EXPECT_TRUE(drain().devices.contains("vnet0"));
}

TEST_F(LinkMonitorTest, TellsBothNamesOfARenamedDevice) {
  output("ip link set vnet0 name tap7");
  const auto renamed = drain().devices;
  EXPECT_FALSE(renamed.at("vnet0"));
  EXPECT_TRUE(renamed.at("tap7"));
}

TEST_F(LinkMonitorTest, TellsOfAddresses) {
  drain();
  output("ip address add 10.1.2.3/24 dev vnet1");
  EXPECT_EQ(changed(), Names{"vnet1"});
  output("ip address del 10.1.2.3/24 dev vnet1");
  EXPECT_EQ(changed(), Names{"vnet1"});
}

TEST_F(LinkMonitorTest, SaysNothingOfWhatDoesNotMatter) {
  drain();
  output("ip link set vnet0 txqueuelen 77 && ip link set vnet0 alias something");
  EXPECT_EQ(changed(), Names{});
}

// The kernel tells of a lost carrier up to a second late, and not at all where it is back by then.
TEST_F(LinkMonitorTest, TellsOfACarrierThatWasAwayForAnInstant) {
  output("ip link add near type veth peer name far && ip link set near up");
  const auto flap = [&] { output("ip link set far down && ip link set far up"); };
  const auto told = [&](std::uint32_t ups) {
    for (int news = 0; news < 20 && isReadable(); ++news) {
      const auto changes = drain();
      if (!changes.devices.contains("near") && !changes.carriers.contains("near")) continue;
      if (link("near").carrier_ups >= ups) return true;
    }
    return false;
  };
  output("ip link set far up");
  for (std::uint32_t ups = 1; ups <= 5; ++ups) {
    EXPECT_TRUE(told(ups)) << ups;
    flap();
  }
}

TEST_F(LinkMonitorTest, TellsOfDevicesThatHaveLostSomething) {
  // One with a MAC of its own keeps it, whichever port leaves.
  output("ip link set br0 address 02:00:00:00:00:01");
  open("vnet0", "i-0a1b2c3d");
  drain();
  output("ip link set vnet0 nomaster");
  EXPECT_EQ(drain().disturbed, Names{"vnet0"});
  output("ip link set br0 down");
  EXPECT_EQ(drain().disturbed, Names{"br0"});
  output("ip link set br0 up");
  EXPECT_EQ(drain().disturbed, Names{});
  output("ip link del br1");
  EXPECT_EQ(drain().disturbed, Names{"br1"});
}

TEST_F(LinkMonitorTest, SuspectsAddressesOfOursThatSomebodyElseChanges) {
  const host::InterfaceAddress address{"vnet1", {0x0a010203U}, 24};
  auto addresses = Addresses::open().value();
  ASSERT_TRUE(addresses.apply(host::AddAddress{address}));
  EXPECT_TRUE(drain().suspects.empty()) << "our own doing";
  output("ip address add 10.1.3.3/24 dev vnet1");
  EXPECT_TRUE(drain().suspects.empty()) << "not ours";
  output("ip address del 10.1.2.3/24 dev vnet1");
  EXPECT_EQ(drain().suspects.addresses, std::set{address});
}

TEST_F(LinkMonitorTest, SuspectsAnAddressThatHasLostItsRoute) {
  const host::InterfaceAddress address{"br0", {0x0a010203U}, 24};
  auto addresses = Addresses::open().value();
  const auto there = [&] {
    HostState state;
    Scope scope;
    scope.addresses.insert(address);
    EXPECT_TRUE(addresses.look(scope, state));
    return !state.addresses.empty();
  };
  ASSERT_TRUE(addresses.apply(host::AddAddress{address}));
  ASSERT_TRUE(there());
  drain();
  output("ip route add 192.0.2.0/24 via 10.1.2.9 && ip route del 192.0.2.0/24");
  EXPECT_TRUE(drain().suspects.empty()) << "not ours";
  output("ip route del 10.1.2.0/24 dev br0");
  EXPECT_EQ(drain().suspects.addresses, std::set{address});
  EXPECT_FALSE(there());
  ASSERT_TRUE(addresses.apply(host::AddAddress{address}));
  EXPECT_TRUE(there());
  EXPECT_THAT(output("ip route show dev br0"), ::testing::HasSubstr("proto kernel scope link src"));
  // With its address it goes by our own doing.
  ASSERT_TRUE(addresses.apply(host::RemoveAddress{address}));
  EXPECT_TRUE(drain().suspects.empty());
}

TEST_F(LinkMonitorTest, SuspectsTheWayOfPublicAddressesThatSomebodyElseChanges) {
  output("ip link set br0 up && ip address add 192.0.2.2/24 dev br0");
  auto routes = PublicRoutes::open().value();
  const host::PublicRouter router{"br0", {0xc0000201U}, {{0x0a000000U}, 8}};
  drain();
  ASSERT_TRUE(routes.apply(host::SetPublicRouter{.router = router}));
  EXPECT_TRUE(drain().suspects.empty()) << "our own doing";
  for (const auto* others : {"ip route add default via 192.0.2.9 table 28000",
                             "ip rule add from 10.1.0.0/16 lookup 28000 priority 77",
                             "ip route flush table 28000", "ip rule del priority 77"}) {
    output(others);
    EXPECT_TRUE(drain().suspects.empty()) << others;
  }
  for (const auto* change :
       {"ip route replace default via 192.0.2.9 table 28260", "ip route flush table 28260",
        "ip rule del priority 28260", "ip rule del priority 28261"}) {
    output(change);
    EXPECT_TRUE(drain().suspects.public_router) << change;
    ASSERT_TRUE(routes.apply(host::SetPublicRouter{.router = router}));
    EXPECT_TRUE(drain().suspects.empty()) << "our own doing";
  }
}

TEST_F(LinkMonitorTest, SuspectsForwardingThatIsOff) {
  output("sysctl -qw net.ipv4.ip_forward=1");
  drain();
  output("sysctl -qw net.ipv4.conf.vnet0.forwarding=0");
  EXPECT_THAT(drain().suspects.sysctls, Contains("net.ipv4.conf.vnet0.forwarding"));
  output("sysctl -qw net.ipv4.conf.vnet0.forwarding=1");
  EXPECT_TRUE(drain().suspects.empty());
  output("sysctl -qw net.ipv4.ip_forward=0");
  EXPECT_THAT(drain().suspects.sysctls, Contains("net.ipv4.ip_forward"));
}

TEST_F(LinkMonitorTest, SuspectsFilters) {
  output("tc qdisc add dev vnet0 clsact");
  EXPECT_EQ(drain().suspects.redirects, Names{"vnet0"});
}

TEST_F(LinkMonitorTest, ReadsWhichDevicesForward) {
  output("sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.vnet0.forwarding=0");
  auto forwarding = Forwarding::open().value();
  HostState state;
  Scope everything;
  everything.everything = true;
  LinkSnapshot links;
  ASSERT_TRUE(forwarding.look(everything, links, state));
  EXPECT_EQ(state.sysctls.at("net.ipv4.conf.vnet0.forwarding"), "0");
  EXPECT_EQ(state.sysctls.at("net.ipv4.conf.vnet1.forwarding"), "1");
}

TEST_F(LinkMonitorTest, SaysThatItHasMissedSomething) {
  drain();
  // 1.5 kB each, in a buffer of 4 MB that counts twice.
  output(
      "for i in $(seq 3000); do echo link set vnet0 mtu $((1000 + i % 2));"
      " echo link set vnet1 mtu $((1000 + i % 2)); done | ip -batch -");
  EXPECT_TRUE(drain().overflow);
  output("ip address add 10.1.2.3/24 dev vnet1");
  const auto changes = drain();
  EXPECT_FALSE(changes.overflow);
  EXPECT_EQ(changes.devices.size(), 1U);
  EXPECT_TRUE(changes.devices.contains("vnet1"));
}

}  // namespace
}  // namespace netctl::kernel
