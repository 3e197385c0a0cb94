#include "dhcp/render.h"

#include <gtest/gtest.h>

namespace netctl::dhcp {
namespace {

const Layout kLayout{.directory = "/run/netctl/dhcp"};
const net::MacAddress kMac{{0xd0, 0x0d, 0x0a, 0x1b, 0x2c, 0x3d}};

net::Ipv4Address address(std::string_view text) {
  return *net::parseIpv4Address(text);
}
net::Ipv4Prefix prefix(std::string_view text) {
  return *net::parseIpv4Prefix(text);
}

host::DhcpServer server() {
  return {.range = prefix("10.1.0.0/16"),
          .netmask = address("255.255.255.224"),
          .interfaces = {"br0"},
          .dns = address("192.0.2.53"),
          .domain_name = "eucalyptus.internal"};
}

TEST(RenderServer, IsTheTextThatDnsmasqReads) {
  EXPECT_EQ(renderServer(server(), kLayout),
            "# Written by netctl. Do not edit: it is put back.\n"
            "port=0\n"
            "no-resolv\n"
            "no-hosts\n"
            "bind-dynamic\n"
            "interface=lo*\n"
            "interface=br0\n"
            "dhcp-range=10.1.0.0,static,255.255.0.0,86400\n"
            "dhcp-ignore=tag:!known,tag:!lo\n"
            "dhcp-authoritative\n"
            "dhcp-ignore-clid\n"
            "no-ping\n"
            "leasefile-ro\n"
            "dhcp-lease-max=65536\n"
            "dhcp-option=tag:known,option:netmask,255.255.255.224\n"
            "dhcp-option=tag:known,28\n"
            "dhcp-option=tag:known,option:dns-server,192.0.2.53\n"
            "dhcp-option=tag:known,option:domain-name,eucalyptus.internal\n"
            "dhcp-hostsdir=/run/netctl/dhcp/hosts\n"
            "dhcp-optsdir=/run/netctl/dhcp/networks\n"
            "dhcp-optsfile=/run/netctl/dhcp/generation\n"
            "pid-file=/run/netctl/dhcp/dnsmasq.pid\n"
            "log-facility=/run/netctl/dhcp/dnsmasq.log\n"
            "quiet-dhcp\n");
}

TEST(RenderServer, SendsTheMtuOnlyWhereItIsNotEthernets) {
  auto wide = server();
  EXPECT_EQ(renderServer(wide, kLayout).find("mtu"), std::string::npos);
  wide.mtu = 1450;
  EXPECT_NE(renderServer(wide, kLayout).find("\ndhcp-option-force=tag:known,option:mtu,1450\n"),
            std::string::npos);
}

TEST(RenderServer, TellsABroadcastAddressWhereOneIsRightForAll) {
  auto one_network = server();
  one_network.netmask = address("255.255.0.0");
  EXPECT_NE(renderServer(one_network, kLayout).find("\ndhcp-option=tag:known,28,10.1.255.255\n"),
            std::string::npos);
}

TEST(RenderServer, LogsRequestsOnDemand) {
  auto verbose = kLayout;
  verbose.log_requests = true;
  EXPECT_EQ(renderServer(server(), verbose).find("quiet-dhcp"), std::string::npos);
}

TEST(RenderServer, ComesBackFromItsText) {
  auto other = server();
  other.interfaces = {"eucabr2", "eucabr*", "em1.7"};
  other.range = prefix("172.16.0.0/12");
  other.domain_name = "";
  other.mtu = 9000;
  other.lease_seconds = 120;
  auto none = server();
  none.interfaces.clear();
  auto one_network = server();
  one_network.netmask = address("255.255.0.0");
  for (const auto& value : {server(), other, none, one_network, host::DhcpServer{}}) {
    const auto parsed = parseServer(renderServer(value, kLayout), kLayout);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, value);
  }
}

TEST(ParseServer, TakesNothingThatWeWouldNotWrite) {
  const auto text = renderServer(server(), kLayout);
  EXPECT_FALSE(parseServer("", kLayout));
  EXPECT_FALSE(parseServer(text + "\n", kLayout));
  EXPECT_FALSE(parseServer(text + "dhcp-host=d0:0d:00:00:00:01,10.1.0.9\n", kLayout));
  EXPECT_FALSE(parseServer(text.substr(0, text.size() - 1), kLayout));
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_FALSE(parseServer(text.substr(0, cut), kLayout)) << cut;
  }
  EXPECT_FALSE(parseServer(text, Layout{.directory = "/elsewhere"}));
  EXPECT_FALSE(parseServer(text, Layout{.directory = kLayout.directory, .log_requests = true}));
}

TEST(RenderNetwork, GivesTheRouterToTheHostsOfItsTag) {
  EXPECT_EQ(renderNetwork({7}, {.router = address("10.1.0.161")}),
            "tag:n7,option:router,10.1.0.161\n");
}

TEST(ParseNetwork, ComesBackFromItsTextAndNoOther) {
  const host::DhcpNetwork network{.router = address("10.1.0.161")};
  const auto text = renderNetwork({7}, network);
  ASSERT_TRUE(parseNetwork({7}, text));
  EXPECT_EQ(*parseNetwork({7}, text), network);
  EXPECT_FALSE(parseNetwork({8}, text));
  EXPECT_FALSE(parseNetwork({7}, text + text));
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_FALSE(parseNetwork({7}, text.substr(0, cut))) << cut;
  }
}

TEST(RenderHost, FixesTheAddressOfAMac) {
  EXPECT_EQ(
      renderHost(kMac, {.address = address("10.1.0.170"), .tag = {7}, .hostname = "ip-10-1-0-170"}),
      "d0:0d:0a:1b:2c:3d,set:n7,10.1.0.170,ip-10-1-0-170\n");
  EXPECT_EQ(renderHost(kMac, {.address = address("10.1.0.170"), .tag = {7}, .hostname = ""}),
            "d0:0d:0a:1b:2c:3d,set:n7,10.1.0.170\n");
}

TEST(ParseHost, ComesBackFromItsTextAndNoOther) {
  for (const auto* name : {"", "ip-10-1-0-170"}) {
    const host::DhcpHost host{.address = address("10.1.0.170"), .tag = {4094}, .hostname = name};
    const auto text = renderHost(kMac, host);
    ASSERT_TRUE(parseHost(kMac, text));
    EXPECT_EQ(*parseHost(kMac, text), host);
    EXPECT_FALSE(parseHost({}, text));
    EXPECT_FALSE(parseHost(kMac, text + "\n"));
    EXPECT_FALSE(parseHost(kMac, text + text));
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
      EXPECT_FALSE(parseHost(kMac, text.substr(0, cut))) << cut;
    }
  }
}

TEST(TagName, IsReadBackOnlyInItsOwnSpelling) {
  EXPECT_EQ(tagName({2}), "n2");
  EXPECT_EQ(parseTagName("n4094")->value, 4094);
  for (const auto* name :
       {"", "n", "2", "n1", "n4095", "n65538", "n02", "n2 ", "N2", "n-2", "nx"}) {
    EXPECT_FALSE(parseTagName(name)) << name;
  }
}

TEST(Layout, NamesFilesByMacAndTag) {
  EXPECT_EQ(kLayout.host(kMac), "/run/netctl/dhcp/hosts/d0:0d:0a:1b:2c:3d");
  EXPECT_EQ(kLayout.network({2}), "/run/netctl/dhcp/networks/n2");
}

}  // namespace
}  // namespace netctl::dhcp
