// The second wall in the kernel: what nobody admitted does not pass, whatever iptables has become.

#include "modes/host/names.h"
#include "netctl/kernel/conntrack/conntrack.h"
#include "netctl/kernel/nft/elastic_nat.h"

#include "tests/kernel/support/peer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>

namespace netctl::kernel {
namespace {

/// A router between an instance, 10.1.0.2, and the world, 10.2.0.2. Iptables has no rule.
class WallTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    connect(instance_, "inside", "10.1.0");
    connect(world_, "outside", "10.2.0");
    output("sysctl -qw net.ipv4.ip_forward=1");
    nat_.emplace(ElasticNat::open().value());
    const host::EditNat step{
        .rules = host::EntryChange<host::NatRules>{
            {},
            host::NatRules{.subnet = net::parseIpv4Prefix("10.1.0.0/16").value(),
                           .counts_usage = true}}};
    const auto done = nat_->apply(step);
    ASSERT_TRUE(done) << done.error().message;
  }

  void connect(Peer& peer, const std::string& name, const std::string& network) {
    output(
        fmt::format("ip link add name {0} type veth peer eth0 netns {1} && ip link set {0} up"
                    " && ip address add {2}.1/24 dev {0}",
                    name, peer.path(), network));
    peer.output(
        fmt::format("ip link set eth0 up && ip address add {0}.2/24 dev eth0"
                    " && ip route add default via {0}.1",
                    network));
  }
  static bool answers(const std::string& command) {
    return output(command + " > /dev/null && echo yes || echo no") == "yes\n";
  }
  bool worldReachesInstance() {
    return world_.output("ping -q -c 1 -W 1 10.1.0.2 > /dev/null && echo yes || echo no") ==
           "yes\n";
  }
  bool instanceReaches(const std::string& address) {
    return instance_.output("ping -q -c 1 -W 1 " + address +
                            " > /dev/null && echo yes || echo no") == "yes\n";
  }
  static void admitAll(const std::string& chain) {
    output(fmt::format("iptables-legacy -A {} -m connlabel --label {} --set -j ACCEPT", chain,
                       host::kAdmittedLabel));
  }

  void hold(const std::set<net::Ipv4Address>& addresses) {
    const auto done = nat_->hold(addresses);
    ASSERT_TRUE(done) << done.error().message;
  }

  Peer instance_;
  Peer world_;
  std::optional<ElasticNat> nat_;
};

TEST_F(WallTest, CountsWhatPassesBetweenInstancesAndTheOutside) {
  const auto instance = net::parseIpv4Address("10.1.0.2").value();
  const auto nothing = nat_->traffic({}).value();
  EXPECT_FALSE(nothing.life.empty());
  EXPECT_TRUE(nothing.addresses.empty());
  admitAll("FORWARD");
  output("iptables-legacy -I FORWARD -j DROP");
  EXPECT_FALSE(instanceReaches("10.2.0.2"));
  EXPECT_TRUE(nat_->traffic({})->addresses.empty()) << "what is dropped does not count";
  output("iptables-legacy -D FORWARD -j DROP");
  EXPECT_TRUE(instanceReaches("10.2.0.2"));
  const auto reading = nat_->traffic({}).value();
  EXPECT_EQ(reading.life, nothing.life);
  ASSERT_TRUE(reading.addresses.contains(instance));
  const auto& traffic = reading.addresses.at(instance);
  EXPECT_EQ(reading.addresses.size(), 1U);
  constexpr std::uint64_t kPing = 84;
  EXPECT_EQ(traffic.sent, (host::Traffic{1, kPing}));
  EXPECT_EQ(traffic.received, (host::Traffic{1, kPing}));
  const auto other = net::parseIpv4Address("10.1.0.3").value();
  EXPECT_EQ(nat_->traffic(std::set{other, instance})->addresses, reading.addresses);
  EXPECT_TRUE(nat_->traffic(std::set{other})->addresses.empty());
}

TEST_F(WallTest, HoldsWhatNobodyAdmitted) {
  EXPECT_FALSE(worldReachesInstance());
  EXPECT_FALSE(instanceReaches("10.2.0.2"));
  EXPECT_FALSE(instanceReaches("10.1.0.1")) << "the host";
  EXPECT_EQ(output("conntrack -L 2>/dev/null | grep -c icmp || true"), "0\n") << "no entry stays";
}

TEST_F(WallTest, LetsThroughWhatSomebodyAdmitted) {
  admitAll("FORWARD");
  admitAll("INPUT");
  EXPECT_TRUE(worldReachesInstance());
  EXPECT_TRUE(instanceReaches("10.2.0.2"));
  EXPECT_TRUE(instanceReaches("10.1.0.1"));
}

TEST_F(WallTest, IsNoMatterOfTheHostItself) {
  EXPECT_TRUE(answers("ping -q -c 1 -W 2 10.1.0.2"));
  EXPECT_TRUE(answers("ping -q -c 1 -W 2 10.2.0.2"));
  EXPECT_TRUE(answers("ping -q -c 1 -W 2 10.1.0.1")) << "by lo";
  EXPECT_EQ(world_.output("ping -q -c 1 -W 2 10.2.0.1 > /dev/null && echo yes"), "yes\n");
}

// The kernel asks no further nat chain once one has translated.
TEST_F(WallTest, StandsBeforeOthersThatTranslate) {
  for (const int priority : {-198, -150, 80, 100}) {
    output(
        fmt::format("nft 'add table ip site; add chain ip site c{0} {{ type nat hook postrouting "
                    "priority {1}; }}; add rule ip site c{0} masquerade'",
                    priority + 200, priority));
  }
  EXPECT_FALSE(worldReachesInstance());
  EXPECT_FALSE(instanceReaches("10.2.0.2"));
}

TEST_F(WallTest, HoldsNewFlowsOfAnInstanceAndNoOthers) {
  admitAll("FORWARD");
  admitAll("INPUT");
  const std::set held{net::parseIpv4Address("10.1.0.2").value()};
  hold(held);
  EXPECT_FALSE(worldReachesInstance());
  EXPECT_FALSE(instanceReaches("10.2.0.2"));
  EXPECT_EQ(output("conntrack -L 2>/dev/null | grep -c icmp || true"), "0\n") << "no entry stays";
  EXPECT_TRUE(instanceReaches("10.1.0.1")) << "the host, which gives it DHCP and metadata";
  EXPECT_TRUE(answers("ping -q -c 1 -W 2 10.1.0.2")) << "from the host";
  hold(held);
  hold({net::parseIpv4Address("10.1.0.3").value()});
  EXPECT_TRUE(worldReachesInstance());
  EXPECT_TRUE(instanceReaches("10.2.0.2"));
  hold({});
}

TEST_F(WallTest, AFlowThatHasBegunIsNotHeld) {
  admitAll("FORWARD");
  const auto said = output("mktemp");
  const auto file = said.substr(0, said.find('\n'));
  instance_.output("ping -q -e 9 -c 10 -i 0.2 10.2.0.2 > " + file + " 2>&1 &");
  output(
      "for i in $(seq 100); do conntrack -L 2>/dev/null | grep -q 'id=9 ' && break; sleep 0.02; "
      "done");
  hold({net::parseIpv4Address("10.1.0.2").value()});
  EXPECT_FALSE(instanceReaches("10.2.0.2"));
  const auto result = output(
      fmt::format("for i in $(seq 100); do grep -q transmitted {0} && break; sleep 0.1; done; "
                  "cat {0}; rm {0}",
                  file));
  EXPECT_NE(result.find("10 received"), std::string::npos) << result;
}

TEST_F(WallTest, OnASharedWireAFlowBeginsByAddressAndMac) {
  admitAll("FORWARD");
  admitAll("INPUT");
  const std::string mac = "d0:0d:00:00:00:02";
  instance_.output("ip link set eth0 address " + mac);
  const auto share = [&](const std::string& of) {
    const auto subnet = net::parseIpv4Prefix("10.1.0.0/16").value();
    host::EditNat step{.rules = host::EntryChange<host::NatRules>{
                           {}, host::NatRules{.subnet = subnet, .shared_wire = "inside"}}};
    step.senders_to_add = {{net::parseIpv4Address(of).value(), net::parseMacAddress(mac).value()}};
    const auto done = nat_->apply(step);
    ASSERT_TRUE(done) << done.error().message;
  };
  share("10.1.0.3");
  EXPECT_FALSE(instanceReaches("10.2.0.2"));
  EXPECT_FALSE(instanceReaches("10.1.0.1")) << "the host";
  EXPECT_EQ(output("conntrack -L 2>/dev/null | grep -c icmp || true"), "0\n") << "no entry stays";
  EXPECT_TRUE(worldReachesInstance()) << "what it answers is of another's flow";
  share("10.1.0.2");
  EXPECT_TRUE(instanceReaches("10.2.0.2"));
  EXPECT_TRUE(instanceReaches("10.1.0.1"));
  EXPECT_TRUE(worldReachesInstance());
}

// Kernel 6.1 makes room for labels only where a rule sets one.
TEST_F(WallTest, MakesRoomForLabelsByItself) {
  EXPECT_TRUE(answers("ping -q -c 1 -W 2 10.2.0.2"));
  auto conntrack = Conntrack::open().value();
  const auto any = [](const host::Flow&) { return true; };
  ASSERT_TRUE(conntrack.admit(conntrack.flows(any).value()));
  EXPECT_TRUE(conntrack.flows(any).value().at(0).admitted);
}

}  // namespace
}  // namespace netctl::kernel
