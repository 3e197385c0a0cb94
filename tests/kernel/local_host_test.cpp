#include "netctl/kernel/host/local_host.h"

#include "modes/host/names.h"
#include "tests/kernel/support/network_namespace.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <vector>

namespace netctl::kernel {
namespace {

using host::HostState;
using host::Port;
using host::Rule;
using host::Scope;
using host::Table;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

net::Ipv4Address address(const std::string& text) {
  return net::parseIpv4Address(text).value();
}

host::SetMember memberOf(const std::string& text) {
  host::SetMember member;
  member.address = address(text);
  return member;
}

Rule jumpTo(const std::string& chain) {
  Rule rule;
  rule.target = host::Jump{chain};
  return rule;
}

Rule acceptMembersOf(const std::string& set) {
  Rule rule;
  rule.set = host::SetMatch{set, {host::SetMatch::Direction::Source}, false};
  rule.target = host::Accept{};
  return rule;
}

/// A host with a bridge, an interface and two devices that wait for instances.
class LocalHostTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    output("ip link add br0 type bridge && ip link set br0 up");
    output("ip link add eth0 type veth peer far0 && ip link set eth0 up && ip link set far0 up");
    output("ip tuntap add vnet0 mode tap && ip tuntap add vnet1 mode tap");
    output("sysctl -qw net.ipv4.ip_forward=0");
    char name[] = "/tmp/netctl-host-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    // dnsmasq reads its files as its own user.
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
    open();
  }
  void TearDown() override {
    if (host_) {
      EXPECT_THAT(host_->purge(), IsEmpty());
    }
    std::filesystem::remove_all(folder_);
    NetworkNamespace::TearDown();
  }

  void open(const std::string& dnsmasq = "/usr/sbin/dnsmasq") {
    auto host = LocalHost::open(
        io_, {.state_directory = folder_, .run_directory = folder_, .dnsmasq = dnsmasq});
    ASSERT_TRUE(host) << host.error().message;
    host_ = std::move(*host);
  }

  static HostState desired() {
    HostState state;
    state.sysctls["net.ipv4.ip_forward"] = "1";
    state.ports["vnet0"] = Port{"i-0a1b2c3d", "br0", true};
    state.addresses.insert({"br0", address("10.0.0.1"), 27});
    state.addresses.insert({"eth0", address("192.0.2.7"), 32});
    state.sets["nc_friends"] = {host::SetType::HashIp, {memberOf("10.0.0.9")}};
    state.chains[{Table::Filter, "NC_FORWARD"}] = {acceptMembersOf("nc_friends"), jumpTo("NC_IN")};
    state.chains[{Table::Filter, "NC_IN"}] = {};
    state.chains[{Table::Nat, "NC_D"}] = {};
    state.jumps[{Table::Filter, "FORWARD"}] = "NC_FORWARD";
    state.jumps[{Table::Nat, "PREROUTING"}] = "NC_D";
    return state;
  }
  static void addDhcp(HostState& state) {
    state.dhcp.server = host::DhcpServer{net::parseIpv4Prefix("10.0.0.0/8").value(),
                                         address("255.255.255.224"),
                                         {"br0"},
                                         address("10.0.0.1"),
                                         "example.org",
                                         86400,
                                         1500};
    state.dhcp.networks[net::Tag{2}] = {address("10.0.0.1")};
    state.dhcp.hosts[net::parseMacAddress("d0:0d:0a:1b:2c:3d").value()] = {
        address("10.0.0.9"), net::Tag{2}, "ip-10-0-0-9"};
  }

  HostState look() {
    Scope scope;
    scope.everything = true;
    scope.sysctls.insert("net.ipv4.ip_forward");
    auto state = host_->look(scope);
    EXPECT_TRUE(state) << state.error().message;
    if (!state) return {};
    // Those of devices are there whatever was asked for.
    std::erase_if(state->sysctls, [](const auto& entry) { return host::isOfDevice(entry.first); });
    return *state;
  }
  /// Brings the host there and gives what failed.
  std::vector<host::FailedStep> bring(const HostState& state) {
    return host_->apply(host::diff(state, look()));
  }

  std::filesystem::path folder_;
  boost::asio::io_context io_;
  std::vector<dhcp::ServerStatus> heard_;
  std::unique_ptr<LocalHost> host_;
};

std::vector<std::string> messages(const std::vector<host::FailedStep>& failed) {
  std::vector<std::string> result;
  for (const auto& each : failed) result.push_back(each.error.message);
  return result;
}

TEST_F(LocalHostTest, WhatWasAppliedIsWhatIsSeen) {
  auto state = desired();
  addDhcp(state);
  EXPECT_THAT(messages(bring(state)), IsEmpty());
  EXPECT_EQ(look(), state);
  EXPECT_TRUE(host::diff(state, look()).empty());
}

TEST_F(LocalHostTest, AFreshProcessSeesTheSame) {
  auto state = desired();
  addDhcp(state);
  EXPECT_THAT(messages(bring(state)), IsEmpty());
  open();
  EXPECT_EQ(look(), state);
}

TEST_F(LocalHostTest, ALookAtAPartReadsThatPartOnly) {
  const auto state = desired();
  EXPECT_THAT(messages(bring(state)), IsEmpty());
  Scope scope;
  scope.ports.insert("vnet0");
  scope.chains.insert({Table::Filter, "NC_IN"});
  const auto seen = host_->look(scope);
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(*seen, host::restrict(state, scope));
}

TEST_F(LocalHostTest, NothingOpensAfterARuleThatFailed) {
  ASSERT_THAT(messages(bring(desired())), IsEmpty());
  auto next = desired();
  next.ports = {{"vnet1", Port{"i-0a1b2c3e", "br0", true}}};
  next.addresses = {{"eth0", address("192.0.2.8"), 32}};
  auto plan = host::diff(next, look());
  // No such set.
  for (auto& step : plan.steps) ASSERT_NE(step.phase, host::Phase::Tables);
  host::EditTable edit;
  edit.put["NC_IN"] = {acceptMembersOf("nc_nowhere")};
  plan.steps.push_back({host::Phase::Tables, edit});
  std::stable_sort(plan.steps.begin(), plan.steps.end(),
                   [](const auto& a, const auto& b) { return a.phase < b.phase; });

  const auto failed = host_->apply(plan);
  EXPECT_EQ(failed.size(), 4U) << ::testing::PrintToString(messages(failed));
  EXPECT_THAT(messages(failed), ::testing::Contains(HasSubstr("held back")).Times(3));
  auto expected = desired();
  expected.ports.clear();
  expected.addresses.clear();
  EXPECT_EQ(look(), expected) << "what closes was to be done, what opens was not";
}

TEST_F(LocalHostTest, ASetThatFailedKeepsPortsClosedToo) {
  auto state = desired();
  auto plan = host::diff(state, look());
  plan.steps.insert(plan.steps.begin(),
                    {host::Phase::AddSets,
                     host::AddMembers{"nc_nowhere", host::SetType::HashIp, {host::SetMember{}}}});
  EXPECT_THAT(host_->apply(plan), ::testing::Not(IsEmpty()));
  EXPECT_TRUE(look().ports.empty());
  EXPECT_TRUE(look().addresses.empty());
}

TEST_F(LocalHostTest, APortThatFailsKeepsNoOtherClosed) {
  output("ip link add br1 type bridge && ip link set vnet0 master br1");
  auto state = desired();
  state.ports["absent"] = Port{"i-0a1b2c40", "br0", true};
  state.ports["vnet1"] = Port{"i-0a1b2c3e", "br0", true};
  const auto failed = bring(state);
  EXPECT_THAT(messages(failed), ElementsAre(HasSubstr("absent"), HasSubstr("is a port of br1")));
  EXPECT_EQ(failed[0].error.reason, kWaiting);
  EXPECT_EQ(look().ports.count("vnet1"), 1U);
}

TEST_F(LocalHostTest, AForeignAddressInTheWayIsNeitherTakenNorAnnounced) {
  output("ip address add 192.0.2.7/32 dev eth0");
  const auto failed = bring(desired());
  EXPECT_THAT(messages(failed),
              ElementsAre(HasSubstr("not made by netctl"), HasSubstr("not announced")));
  EXPECT_EQ(look().ports.size(), 1U);
}

TEST_F(LocalHostTest, ADhcpServerThatFailsKeepsNoPortClosed) {
  open("/nonexistent/dnsmasq");
  auto state = desired();
  addDhcp(state);
  EXPECT_THAT(messages(bring(state)), ElementsAre(HasSubstr("/nonexistent/dnsmasq")));
  EXPECT_EQ(look().ports.size(), 1U);
}

TEST_F(LocalHostTest, AnAddressIsAnnouncedWhenItIsAdded) {
  const auto arps = (folder_ / "arps").string();
  output(
      fmt::format("tcpdump -nU --immediate-mode -i far0 -w {0} arp > /dev/null 2> {0}.log & "
                  "echo $! > {0}.pid; until grep -q listening {0}.log; do sleep 0.05; done",
                  arps));
  EXPECT_THAT(messages(bring(desired())), IsEmpty());
  const auto count = fmt::format("tcpdump -nr {} 2> /dev/null | grep -c 192.0.2.7 || true", arps);
  std::string heard;
  for (int i = 0; i < 300 && heard != "6\n"; ++i) {
    io_.run_for(std::chrono::milliseconds(100));
    heard = output(count);
  }
  output(fmt::format("kill $(cat {}.pid)", arps));
  EXPECT_EQ(heard, "6\n");
}

TEST_F(LocalHostTest, ADhcpServerThatDiesIsReportedAndCountedWhenItIsBack) {
  host_->onDhcpChanged([&](const dhcp::ServerStatus& status) { heard_.push_back(status); });
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_FALSE(heard_[0].running);

  auto state = desired();
  addDhcp(state);
  EXPECT_THAT(messages(bring(state)), IsEmpty());
  ASSERT_EQ(heard_.size(), 2U);
  EXPECT_TRUE(heard_[1].running);
  EXPECT_GT(heard_[1].pid, 0);
  EXPECT_EQ(heard_[1].restarts, 0U);

  ASSERT_EQ(::kill(heard_[1].pid, SIGKILL), 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (heard_.size() < 3 && std::chrono::steady_clock::now() < deadline) {
    io_.run_one_for(std::chrono::milliseconds(100));
  }
  ASSERT_EQ(heard_.size(), 3U);
  EXPECT_FALSE(heard_[2].running);
  EXPECT_FALSE(look().dhcp.server);

  EXPECT_THAT(messages(bring(state)), IsEmpty());
  ASSERT_EQ(heard_.size(), 4U);
  EXPECT_TRUE(heard_[3].running);
  EXPECT_NE(heard_[3].pid, heard_[1].pid);
  EXPECT_EQ(heard_[3].restarts, 1U);
  EXPECT_EQ(look(), state);
}

TEST_F(LocalHostTest, ADhcpServerThatDoesNotAnswerIsEnded) {
  auto state = desired();
  addDhcp(state);
  EXPECT_THAT(messages(bring(state)), IsEmpty());
  host_->onDhcpChanged([&](const dhcp::ServerStatus& status) { heard_.push_back(status); });
  ASSERT_TRUE(heard_.at(0).running);
  io_.run_for(std::chrono::seconds(5));
  EXPECT_EQ(heard_.size(), 1U) << "it answers, and is left alone";
  ASSERT_EQ(::kill(heard_[0].pid, SIGSTOP), 0);
  for (int i = 0; i < 300 && heard_.size() < 2; ++i) {
    io_.run_one_for(std::chrono::milliseconds(100));
  }
  ASSERT_EQ(heard_.size(), 2U);
  EXPECT_FALSE(heard_[1].running);
  EXPECT_TRUE(heard_[1].was_silent);
}

TEST_F(LocalHostTest, FilesOfTheDhcpServerAreNewsWhenSomebodyElseChangesThem) {
  int changed = 0;
  host_->onDhcpFilesChanged([&] { ++changed; });
  auto state = desired();
  addDhcp(state);
  EXPECT_THAT(messages(bring(state)), IsEmpty());
  io_.run_for(std::chrono::milliseconds(200));
  EXPECT_EQ(changed, 0) << "our own doing";
  output(fmt::format("rm {}/dhcp/hosts/*", folder_.string()));
  io_.run_for(std::chrono::milliseconds(200));
  EXPECT_GT(changed, 0);
  EXPECT_THAT(messages(bring(state)), IsEmpty());
  io_.run_for(std::chrono::milliseconds(200));
  changed = 0;
  output(fmt::format("rm -r {}/dhcp", folder_.string()));
  io_.run_for(std::chrono::milliseconds(200));
  EXPECT_GT(changed, 0);
  EXPECT_THAT(messages(bring(state)), IsEmpty());
  EXPECT_EQ(look(), state);
}

TEST_F(LocalHostTest, WholeAreasAreReadBesideAndHere) {
  auto state = desired();
  addDhcp(state);
  EXPECT_THAT(messages(bring(state)), IsEmpty());
  for (const auto area : host::allAreas()) {
    auto here = host_->lookAtAll({area});
    ASSERT_TRUE(here) << here.error().message;
    std::promise<Result<HostState>> promise;
    host_->beside([&](host::AreaReader& reader) { promise.set_value(reader.look({area})); });
    auto beside = promise.get_future().get();
    ASSERT_TRUE(beside) << beside.error().message;
    EXPECT_EQ(*here, *beside) << format(area);
    const auto left = host::diff(host::only(state, {area}), *here);
    EXPECT_TRUE(left.empty()) << format(area);
  }
}

TEST_F(LocalHostTest, WhatSomebodyElseChangesUntoldIsSuspected) {
  EXPECT_THAT(messages(bring(desired())), IsEmpty());
  ASSERT_TRUE(host_->suspects());
  EXPECT_EQ(host_->suspects().value(), host::Areas{});
  output("iptables-legacy -F FORWARD");
  EXPECT_EQ(host_->suspects().value(), host::Areas{host::Area::FilterTable});
  output("ipset flush nc_friends");
  EXPECT_EQ(host_->suspects().value(), host::Areas{host::Area::Sets});
  EXPECT_EQ(host_->suspects().value(), host::Areas{});
}

TEST_F(LocalHostTest, ADhcpServerThatIsAdoptedIsWatchedToo) {
  auto state = desired();
  addDhcp(state);
  EXPECT_THAT(messages(bring(state)), IsEmpty());
  open();
  host_->onDhcpChanged([&](const dhcp::ServerStatus& status) { heard_.push_back(status); });
  ASSERT_EQ(heard_.size(), 1U);
  ASSERT_TRUE(heard_[0].running);
  ASSERT_EQ(::kill(heard_[0].pid, SIGKILL), 0);
  for (int i = 0; i < 300 && heard_.size() < 2; ++i) {
    io_.run_one_for(std::chrono::milliseconds(100));
  }
  ASSERT_EQ(heard_.size(), 2U);
  EXPECT_FALSE(heard_[1].running);
}

TEST_F(LocalHostTest, PurgingLeavesTheHostAsItWas) {
  output("ip link add uplink address 02:00:00:00:00:77 type veth peer far1");
  output("ip link set uplink master br0 && ip link set br0 address 02:00:00:00:00:77");
  output("ip address add 198.51.100.1/24 dev br0");
  output("iptables-legacy -A FORWARD -s 198.51.100.0/24 -j ACCEPT && iptables-legacy -N NCOTHER");
  output("iptables-legacy -t nat -A POSTROUTING -o eth0 -j MASQUERADE");
  output("ipset create others hash:ip && ip link property add dev vnet0 altname others");
  const std::string all =
      "ip -o link | sed 's/<.*>.*link/link/'; ip -o -4 address; ip route | sed 's/ linkdown//';"
      " bridge link; tc qdisc show dev uplink; ipset save; sysctl net.ipv4.ip_forward; ls " +
      folder_.string() +
      "; for table in filter nat; do"
      " iptables-legacy-save -t $table | grep -v '^#' | sed 's/ [[].*[]]//'; done";
  const auto before = output(all);
  auto state = desired();
  addDhcp(state);
  state.redirects["uplink"] = {"br0", net::parseIpv4Prefix("10.0.0.0/8").value()};
  EXPECT_THAT(messages(bring(state)), IsEmpty());
  EXPECT_EQ(look().redirects, state.redirects);
  EXPECT_NE(output(all), before);
  EXPECT_THAT(host_->purge(), IsEmpty());
  EXPECT_EQ(output(all), before);
}

TEST_F(LocalHostTest, PurgingAHostThatHasNothingOfOursIsDone) {
  EXPECT_THAT(host_->purge(), IsEmpty());
  EXPECT_THAT(host_->purge(), IsEmpty());
}

TEST_F(LocalHostTest, PreparingIsAllowedWhereALimitIsNotOurs) {
  const auto prepared = host_->prepare(1000);
  EXPECT_TRUE(prepared) << prepared.error().message;
}

}  // namespace
}  // namespace netctl::kernel
