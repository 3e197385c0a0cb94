#include "tests/dhcp/dhcp_fixture.h"

#include "base/file.h"
#include "base/process.h"

#include <fmt/format.h>

#include <algorithm>

#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace netctl::dhcp {

net::Ipv4Address address(std::string_view text) {
  return net::parseIpv4Address(text).value();
}
net::Ipv4Prefix prefix(std::string_view text) {
  return net::parseIpv4Prefix(text).value();
}

net::MacAddress mac(std::uint32_t n) {
  return {{0xd0, 0x0d, 0, static_cast<std::uint8_t>(n >> 16), static_cast<std::uint8_t>(n >> 8),
           static_cast<std::uint8_t>(n)}};
}

host::SetDhcpHost hostStep(const net::MacAddress& mac, std::string_view text, std::uint16_t tag) {
  std::string name = fmt::format("ip-{}", text);
  std::replace(name.begin(), name.end(), '.', '-');
  return {.mac = mac,
          .host = host::DhcpHost{.address = address(text), .tag = {tag}, .hostname = name},
          .former = {}};
}

host::SetDhcpHost removal(const net::MacAddress& mac) {
  return {.mac = mac, .host = std::nullopt, .former = std::nullopt};
}

void DhcpTest::SetUp() {
  NetworkNamespace::SetUp();
  output(
      "ip link add br0 type bridge && ip link set br0 up && ip address add 10.1.0.1/27 dev br0 && "
      "ip address add 10.1.0.33/27 dev br0 && ip link add port type veth peer name guest && "
      "ip link set port master br0 up && ip link set guest up");
  // In memory, as RUN_DIR is.
  root_ = "/dev/shm/netctl-dhcp-XXXXXX";
  ASSERT_NE(mkdtemp(root_.data()), nullptr);
  std::filesystem::permissions(root_, std::filesystem::perms{0755});
  dnsmasq_ = another();
  client_ = std::make_unique<WireClient>("guest");
}

void DhcpTest::TearDown() {
  if (HasFailure()) {
    const auto log = files::read(directory() + "/dnsmasq.log");
    if (log && *log)
      fmt::print("the end of dnsmasq's log:\n{}\n",
                 (*log)->substr((*log)->size() - std::min<std::size_t>((*log)->size(), 4000)));
  }
  for (const auto& left : running()) {
    EXPECT_TRUE(left.signal(SIGKILL));
    EXPECT_TRUE(left.waitForEnd(WireClient::kPatience));
  }
  std::filesystem::remove_all(root_);
  NetworkNamespace::TearDown();
}

std::vector<Process> DhcpTest::running() const {
  return std::move(processesCalledHere({"--conf-file=" + directory() + "/dnsmasq.conf"}).value());
}

host::DhcpServer DhcpTest::server() const {
  return {.range = prefix("10.1.0.0/16"),
          .netmask = address("255.255.255.224"),
          .interfaces = {"br0"},
          .dns = address("192.0.2.53"),
          .domain_name = "eucalyptus.internal"};
}

net::Ipv4Prefix DhcpTest::subnet(std::uint16_t tag) const {
  return net::prefixOf(server().range.first() + (tag - 2U) * 32U, 27);
}

host::SetDhcpNetwork DhcpTest::network(std::uint16_t tag) const {
  return {.tag = {tag}, .network = host::DhcpNetwork{.router = subnet(tag).first() + 1}};
}

net::MacAddress DhcpTest::bridgeMac() const {
  const auto text = output("ip -o link show br0 | sed 's/.*ether //; s/ .*//'");
  return net::parseMacAddress(text.substr(0, text.find('\n'))).value();
}

std::unique_ptr<Dnsmasq> DhcpTest::another() const {
  return std::make_unique<Dnsmasq>(Dnsmasq::Options{.directory = directory()});
}

void DhcpTest::start(const host::DhcpServer& server) {
  const auto started = dnsmasq_->apply({.server = server});
  ASSERT_TRUE(started) << started.error().message;
  ASSERT_TRUE(dnsmasq_->alive());
}

void DhcpTest::put(std::vector<host::SetDhcpHost> hosts,
                   std::vector<host::SetDhcpNetwork> networks) const {
  const auto done = dnsmasq_->apply(networks, hosts);
  ASSERT_TRUE(done) << done.error().message;
}

host::Dhcp DhcpTest::look() const {
  host::Scope scope;
  scope.everything = true;
  host::HostState state;
  const auto looked = dnsmasq_->look(scope, state);
  EXPECT_TRUE(looked) << looked.error().message;
  return state.dhcp;
}

}  // namespace netctl::dhcp
