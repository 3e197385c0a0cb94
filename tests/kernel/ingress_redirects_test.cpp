#include "netctl/kernel/links/ingress_redirects.h"

#include "modes/host/names.h"

#include "tests/kernel/support/frames.h"
#include "tests/kernel/support/network_namespace.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <optional>
#include <set>
#include <string>

namespace netctl::kernel {
namespace {

using host::AddRedirect;
using host::HostState;
using host::IngressRedirect;
using host::RemoveRedirect;
using host::Scope;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

constexpr const char* kMac = "02:00:00:00:00:77";
const IngressRedirect kRedirect{"br0", net::parseIpv4Prefix("10.0.0.0/16").value()};

/// The bridge br0, and its port eth0, whose other end is far0.
class IngressRedirectsTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    output("ip link add br0 type bridge");
    output(fmt::format("ip link add eth0 address {} type veth peer name far0", kMac));
    output(fmt::format("ip link set br0 up address {}", kMac));
    output("ip link set eth0 up master br0 && ip link set far0 up");
    redirects_.emplace(IngressRedirects::open().value());
  }

  std::map<std::string, IngressRedirect> look(const Scope& scope) {
    HostState state;
    LinkSnapshot links;
    const auto looked = redirects_->look(scope, links, state);
    EXPECT_TRUE(looked) << looked.error().message;
    return state.redirects;
  }
  /// By both kinds of look.
  std::map<std::string, IngressRedirect> look() {
    Scope all;
    all.everything = true;
    Scope one;
    one.redirects = {"eth0", "far0", "eth7"};
    const auto redirects = look(all);
    EXPECT_EQ(look(one), redirects);
    return redirects;
  }
  void add(const IngressRedirect& redirect = kRedirect) {
    const auto added = redirects_->apply(AddRedirect{"eth0", redirect});
    ASSERT_TRUE(added) << added.error().message;
    EXPECT_THAT(look(), ElementsAre(Pair("eth0", redirect)));
  }
  void remove() {
    const auto removed = redirects_->apply(RemoveRedirect{"eth0", kRedirect});
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_THAT(look(), IsEmpty());
  }
  Error refused(const std::string& device, const IngressRedirect& redirect = kRedirect) {
    const auto added = redirects_->apply(AddRedirect{device, redirect});
    EXPECT_FALSE(added);
    EXPECT_THAT(look(), IsEmpty());
    return added ? Error{} : added.error();
  }
  /// What is there is none that anybody wants, and is mended.
  void expectMended() {
    ASSERT_EQ(look().size(), 1U);
    EXPECT_EQ(look().at("eth0").bridge, "");
    add();
  }
  static std::string filters(const std::string& side = "ingress") {
    return output("tc filter show dev eth0 " + side);
  }
  static std::string qdiscs() { return output("tc qdisc show dev eth0"); }

  std::optional<IngressRedirects> redirects_;
};

TEST_F(IngressRedirectsTest, IsThereUntilItIsRemoved) {
  EXPECT_THAT(look(), IsEmpty());
  add();
  EXPECT_THAT(filters(), HasSubstr("mirred (Ingress Redirect to device br0) stolen"));
  add();
  remove();
  EXPECT_THAT(qdiscs(), Not(HasSubstr("clsact")));
  remove();
}

TEST_F(IngressRedirectsTest, OnlyFramesFromInstancesToTheBridgeGoPastIt) {
  add();
  const Wire far("far0");
  Wire bridge("br0");
  const auto send = [&](const std::string& from, const std::string& to, const Bytes& packet) {
    far.send(ethernet(to, from, kTypeIpv4, packet));
    EXPECT_TRUE(bridge.gets(packet, true)) << from;
    // What the bridge has seen it knows the sender of.
    return output("bridge fdb show dev eth0").find(from) != std::string::npos;
  };
  const Bytes word = "a word of the first";
  EXPECT_FALSE(send("02:00:00:00:00:01", kMac, ipv4("10.0.3.9", "203.0.113.9", word + "1")));
  EXPECT_TRUE(send("02:00:00:00:00:02", kMac, ipv4("10.1.0.9", "203.0.113.9", word + "2")));
  const std::string everybody = "ff:ff:ff:ff:ff:ff";
  EXPECT_TRUE(send("02:00:00:00:00:03", everybody, ipv4("10.0.3.9", "10.0.3.31", word + "3")));
}

TEST_F(IngressRedirectsTest, TheHostTakesWhatIsRedirectedForItsOwn) {
  output("ip address add 10.0.0.1/16 dev br0 && sysctl -qw net.ipv4.conf.br0.rp_filter=0");
  add();
  const Wire far("far0");
  // Packets of a protocol that the host does not know.
  const auto unknown = [] { return output("awk '/^Ip: [0-9]/ {print $8}' /proc/net/snmp"); };
  const auto before = std::stol(unknown());
  far.send(ethernet(kMac, "02:00:00:00:00:01", kTypeIpv4, ipv4("10.0.3.9", "10.0.0.1", "token")));
  output("sleep 0.1");
  EXPECT_EQ(std::stol(unknown()), before + 1);
}

TEST_F(IngressRedirectsTest, WhatOthersHaveThereStays) {
  output("tc qdisc add dev eth0 clsact");
  const std::string theirs = "u32 match ip src 192.0.2.1 action mirred egress redirect dev far0";
  output("tc filter add dev eth0 ingress protocol ip prio 5 " + theirs);
  output("tc filter add dev eth0 ingress protocol ip prio 28259 " + theirs);
  const auto before = filters();
  add();
  EXPECT_NE(filters(), before);
  remove();
  EXPECT_EQ(filters(), before);
  output("tc filter del dev eth0 ingress");
  add();
  remove();
  EXPECT_THAT(qdiscs(), HasSubstr("clsact"));
}

TEST_F(IngressRedirectsTest, StandsInAQdiscOfAnotherKindToo) {
  output("tc qdisc add dev eth0 ingress");
  add();
  remove();
  EXPECT_THAT(qdiscs(), HasSubstr("ingress"));
}

TEST_F(IngressRedirectsTest, OurQdiscStaysWhileOthersUseIt) {
  add();
  output(
      "tc filter add dev eth0 egress protocol ip prio 5 u32 match ip src 192.0.2.1 action "
      "mirred egress redirect dev far0");
  add({"br0", net::parseIpv4Prefix("10.0.0.0/8").value()});
  remove();
  EXPECT_THAT(filters("egress"), HasSubstr("pref 5 "));
  output("tc filter del dev eth0 egress");
  add();
  remove();
  EXPECT_THAT(qdiscs(), HasSubstr("clsact")) << "nothing tells any more who made it";
}

TEST_F(IngressRedirectsTest, TheQdiscOfADeviceOfOursGoesWithTheDevice) {
  output(fmt::format("ip link set eth0 group {}", host::kLinkGroup));
  add();
  remove();
  EXPECT_THAT(qdiscs(), HasSubstr("clsact"));
  add();
}

TEST_F(IngressRedirectsTest, WhatIsNotAsItShouldBeIsMended) {
  add();
  output("ip link set br0 address 02:00:00:00:00:78 && ip link set eth0 address 02:00:00:00:00:78");
  expectMended();
  output(
      "tc filter add dev eth0 ingress protocol ip prio 28259 u32 match ip src 192.0.2.1 action "
      "mirred ingress redirect dev br0 cookie 6e657463746c");
  expectMended();
  EXPECT_THAT(filters(), Not(HasSubstr("c0000201/")));
  output("ip link add br1 type bridge && ip link set br1 up address 02:00:00:00:00:78");
  output("ip link set eth0 master br1");
  ASSERT_EQ(look().at("eth0").bridge, "");
  const IngressRedirect other{"br1", kRedirect.source};
  add(other);
  output("ip link del br1 && ip link set eth0 master br0");
  expectMended();
  remove();
  EXPECT_THAT(qdiscs(), Not(HasSubstr("clsact")));
}

TEST_F(IngressRedirectsTest, IsNotWhereTheHostWouldDropIt) {
  add();
  output("ip link set br0 address 02:00:00:00:00:78");
  const auto error = refused("eth0");
  EXPECT_EQ(error.code, ErrorCode::Conflict);
  EXPECT_THAT(error.message, HasSubstr("ip link set br0 address 02:00:00:00:00:77"));
  EXPECT_THAT(qdiscs(), Not(HasSubstr("clsact")));
  EXPECT_EQ(refused("far0").code, ErrorCode::Conflict);
  EXPECT_EQ(refused("eth0", {"br7", kRedirect.source}).code, ErrorCode::NotFound);
  EXPECT_EQ(refused("eth7").code, ErrorCode::NotFound);
  EXPECT_TRUE(redirects_->apply(RemoveRedirect{"eth7", kRedirect})) << "went with its device";
}

}  // namespace
}  // namespace netctl::kernel
