#include "base/file.h"
#include "base/process.h"
#include "tests/dhcp/dhcp_fixture.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

// dnsmasq's process and files, and what is seen of them.
namespace netctl::dhcp {
namespace {

class DhcpServerProcess : public DhcpTest {
 protected:
  void kill() {
    auto process = Process::open(dnsmasq_->pid());
    ASSERT_TRUE(process);
    ASSERT_TRUE(process->signal(SIGKILL));
    ASSERT_TRUE(process->waitForEnd(WireClient::kPatience));
  }
  void serveOne() {
    start();
    put({hostStep(mac(1), "10.1.0.9")}, {network(2)});
    ASSERT_TRUE(client_->boot(mac(1)));
    output("ip neighbour replace 10.1.0.9 lladdr " + net::format(mac(1)) + " dev br0");
  }
  bool renews() {
    const auto reply = client_->rebind(mac(1), address("10.1.0.9"));
    return reply && reply->type == kAck;
  }
};

TEST_F(DhcpServerProcess, NothingIsSeenBeforeTheStart) {
  EXPECT_EQ(look(), host::Dhcp{});
  EXPECT_FALSE(dnsmasq_->alive());
  EXPECT_EQ(dnsmasq_->processFd(), -1);
  EXPECT_EQ(dnsmasq_->pid(), 0);
}

TEST_F(DhcpServerProcess, WhatWasAppliedIsSeen) {
  serveOne();
  host::Dhcp expected{.server = server(), .networks = {}, .hosts = {}};
  expected.networks[{2}] = *network(2).network;
  expected.hosts[mac(1)] = *hostStep(mac(1), "10.1.0.9").host;
  EXPECT_EQ(look(), expected);
}

TEST_F(DhcpServerProcess, OnlyWhatTheScopeNamesIsSeen) {
  serveOne();
  put({hostStep(mac(2), "10.1.0.10")}, {network(3)});
  host::Scope scope;
  scope.dhcp_hosts = {mac(2), mac(3)};
  scope.dhcp_networks = {{3}, {4}};
  host::HostState state;
  ASSERT_TRUE(dnsmasq_->look(scope, state));
  EXPECT_FALSE(state.dhcp.server);
  EXPECT_EQ(state.dhcp.hosts.size(), 1U);
  EXPECT_TRUE(state.dhcp.hosts.contains(mac(2)));
  EXPECT_EQ(state.dhcp.networks.size(), 1U);
  EXPECT_TRUE(state.dhcp.networks.contains({3}));
}

TEST_F(DhcpServerProcess, HostsAndNetworksMayComeBeforeTheServer) {
  put({hostStep(mac(1), "10.1.0.9")}, {network(2)});
  EXPECT_FALSE(look().server);
  start();
  EXPECT_TRUE(client_->boot(mac(1)));
}

TEST_F(DhcpServerProcess, ApplyingTwiceIsApplyingOnce) {
  serveOne();
  const auto pid = dnsmasq_->pid();
  start();
  EXPECT_EQ(dnsmasq_->pid(), pid);
}

TEST_F(DhcpServerProcess, AFileThatWasEditedCountsAsDifferentAndIsPutRight) {
  serveOne();
  output("echo >> " + directory() + "/dnsmasq.conf; echo x > " + directory() +
         "/networks/n2; echo '" + net::format(mac(1)) + ",10.1.0.30' > " + directory() + "/hosts/" +
         net::format(mac(1)));
  const auto seen = look();
  EXPECT_TRUE(seen.server && *seen.server != server());
  EXPECT_NE(seen.networks.at({2}), *network(2).network);
  EXPECT_NE(seen.hosts.at(mac(1)), *hostStep(mac(1), "10.1.0.9").host);
  serveOne();
  EXPECT_EQ(look().server, server());
  EXPECT_EQ(look().hosts.at(mac(1)), *hostStep(mac(1), "10.1.0.9").host);
}

TEST_F(DhcpServerProcess, WhatGoesIsNotGoneWhileTheOldProcessIsLeft) {
  serveOne();
  const auto pid = dnsmasq_->pid();
  // As where the process could not be replaced once the file was removed.
  output("rm " + directory() + "/hosts/" + net::format(mac(1)) + "; touch " + directory() +
         "/unsettled");
  host::Scope scope;
  scope.dhcp_hosts = {mac(1)};
  host::HostState seen;
  ASSERT_TRUE(dnsmasq_->look(scope, seen));
  ASSERT_TRUE(seen.dhcp.hosts.contains(mac(1)));
  put({removal(mac(1))});
  EXPECT_NE(dnsmasq_->pid(), pid);
  EXPECT_FALSE(client_->discover(mac(1), WireClient::kSilence));
  seen = {};
  ASSERT_TRUE(dnsmasq_->look(scope, seen));
  EXPECT_TRUE(seen.dhcp.hosts.empty());
}

TEST_F(DhcpServerProcess, ItsEndIsToldAndAppliedAgainItServesAsBefore) {
  serveOne();
  pollfd waiting{.fd = dnsmasq_->processFd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&waiting, 1, 0), 0);
  kill();
  EXPECT_EQ(::poll(&waiting, 1, static_cast<int>(WireClient::kPatience.count())), 1);
  EXPECT_FALSE(dnsmasq_->alive());
  EXPECT_FALSE(look().server);
  EXPECT_FALSE(look().hosts.empty());
  start();
  EXPECT_TRUE(renews());
  EXPECT_TRUE(client_->boot(mac(1)));
}

TEST_F(DhcpServerProcess, TheNextDaemonAdoptsIt) {
  serveOne();
  const auto pid = dnsmasq_->pid();
  dnsmasq_ = another();
  EXPECT_TRUE(dnsmasq_->alive());
  EXPECT_EQ(dnsmasq_->pid(), pid);
  EXPECT_EQ(look().server, server());
  start();
  EXPECT_EQ(dnsmasq_->pid(), pid);
  put({removal(mac(1)), hostStep(mac(2), "10.1.0.9")});
  EXPECT_TRUE(client_->boot(mac(2)));
}

TEST_F(DhcpServerProcess, TheNextDaemonAdoptsItAfterAnUpgradeOfItsPackage) {
  const auto binary = directory() + "-old-dnsmasq";
  output("cp /usr/sbin/dnsmasq " + binary);
  dnsmasq_ =
      std::make_unique<Dnsmasq>(Dnsmasq::Options{.directory = directory(), .binary = binary});
  serveOne();
  const auto pid = dnsmasq_->pid();
  output("rm " + binary);
  dnsmasq_ = another();
  EXPECT_EQ(dnsmasq_->pid(), pid);
  EXPECT_EQ(look().server, server());
  auto other = server();
  other.domain_name = "example.internal";
  start(other);
  EXPECT_TRUE(renews());
}

TEST_F(DhcpServerProcess, AnotherProgramOnDiskIsToldUntilARestart) {
  const auto binary = directory() + "-dnsmasq";
  output("cp /usr/sbin/dnsmasq " + binary);
  dnsmasq_ =
      std::make_unique<Dnsmasq>(Dnsmasq::Options{.directory = directory(), .binary = binary});
  EXPECT_FALSE(dnsmasq_->restart()) << "nothing runs";
  serveOne();
  const auto pid = dnsmasq_->pid();
  EXPECT_FALSE(dnsmasq_->isOutdated());
  output("cp /usr/sbin/dnsmasq " + binary + ".new && mv " + binary + ".new " + binary);
  EXPECT_TRUE(dnsmasq_->isOutdated());
  const auto restarted = dnsmasq_->restart();
  ASSERT_TRUE(restarted) << restarted.error().message;
  EXPECT_NE(dnsmasq_->pid(), pid);
  EXPECT_FALSE(dnsmasq_->isOutdated());
  EXPECT_EQ(running().size(), 1U);
  EXPECT_EQ(look().server, server());
  EXPECT_TRUE(renews());
}

TEST_F(DhcpServerProcess, SystemdIsAskedWhereItHasTheUnit) {
  // What systemd would do.
  const auto systemctl = directory() + "-systemctl";
  const auto asked = directory() + "-asked";
  const auto script = [&](const std::string& does) {
    output("printf '#!/bin/sh\\necho $* >> " + asked + "\\n" + does + "\\n' > " + systemctl +
           " && chmod 755 " + systemctl);
  };
  script("[ $1 = stop ] || exec /usr/sbin/dnsmasq --conf-file=" + directory() + "/dnsmasq.conf");
  dnsmasq_ = std::make_unique<Dnsmasq>(Dnsmasq::Options{
      .directory = directory(), .unit = "netctl-dhcp.service", .systemctl = systemctl});
  serveOne();
  put({removal(mac(1))});
  EXPECT_EQ(running().size(), 1U);
  kill();
  EXPECT_FALSE(dnsmasq_->adopt()) << "nothing runs";
  output("/usr/sbin/dnsmasq --conf-file=" + directory() + "/dnsmasq.conf");
  EXPECT_TRUE(dnsmasq_->adopt()) << "somebody else has started it";
  EXPECT_FALSE(dnsmasq_->adopt()) << "once";
  ASSERT_TRUE(dnsmasq_->apply(host::SetDhcpServer{}));
  EXPECT_TRUE(running().empty());
  EXPECT_EQ(output("cat " + asked),
            "restart netctl-dhcp.service\n"
            "reload-or-restart netctl-dhcp.service\n"
            "stop netctl-dhcp.service\n");
  script("echo no such unit >&2; exit 5");
  const auto refused = dnsmasq_->apply(host::SetDhcpServer{.server = server()});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("no such unit"));
}

TEST_F(DhcpServerProcess, TheFilesOfAnOlderNetctlArePutRightByOneNewProcess) {
  serveOne();
  put({hostStep(mac(2), "10.1.0.41", 3)}, {network(3)});
  kill();
  // It gave each network all that hosts are told of it, and had no options for all.
  for (const std::string tag : {"2", "3"}) {
    output("echo 'tag:n" + tag + ",option:netmask,255.255.255.224' >> " + directory() +
           "/networks/n" + tag);
  }
  output("sed -i 's/tag:known,//; /netmask\\|option=28/d' " + directory() + "/dnsmasq.conf && " +
         "dnsmasq --conf-file=" + directory() + "/dnsmasq.conf");
  dnsmasq_ = another();
  const auto pid = dnsmasq_->pid();
  EXPECT_EQ(look().server, host::DhcpServer{});
  EXPECT_EQ(look().networks.at({2}), host::DhcpNetwork{});

  ASSERT_TRUE(dnsmasq_->apply(std::vector{network(2), network(3)}, {}, true));
  EXPECT_EQ(dnsmasq_->pid(), pid) << "a new one would not know the netmask yet";
  for (std::uint32_t i : {1, 2}) {
    const auto reply = client_->boot(mac(i));
    ASSERT_TRUE(reply);
    EXPECT_EQ(net::format(reply->addressOption(1)), "255.255.255.224");
  }
  EXPECT_FALSE(dnsmasq_->apply(std::vector{network(2)}, {})) << "nor may it be started by this";
  EXPECT_EQ(running().size(), 1U);

  start();
  EXPECT_NE(dnsmasq_->pid(), pid);
  EXPECT_EQ(running().size(), 1U);
  EXPECT_EQ(look().server, server());
  EXPECT_EQ(look().networks.at({3}), network(3).network);
  for (std::uint32_t i : {1, 2}) {
    const auto reply = client_->boot(mac(i));
    ASSERT_TRUE(reply);
    EXPECT_EQ(net::format(reply->addressOption(1)), "255.255.255.224");
    EXPECT_FALSE(reply->options.contains(28));
  }
}

TEST_F(DhcpServerProcess, AnotherProcessBehindThePidFileIsNotTaken) {
  serveOne();
  kill();
  output("echo $$ > " + directory() + "/dnsmasq.pid; echo 1 > " + directory() + "/dnsmasq.pid");
  EXPECT_FALSE(another()->alive());
  output("echo nonsense > " + directory() + "/dnsmasq.pid");
  EXPECT_FALSE(another()->alive());
}

TEST_F(DhcpServerProcess, OneThatLostItsPidFileIsReplacedAndNotDoubled) {
  serveOne();
  const auto pid = dnsmasq_->pid();
  output("rm -r " + directory());
  dnsmasq_ = another();
  EXPECT_FALSE(dnsmasq_->alive());
  serveOne();
  EXPECT_NE(dnsmasq_->pid(), pid);
  EXPECT_EQ(running().size(), 1U);
}

TEST_F(DhcpServerProcess, ItIsDetachedAndUnprivileged) {
  serveOne();
  const auto pid = std::to_string(dnsmasq_->pid());
  EXPECT_EQ(output("ps -o ppid= -p " + pid + " | tr -d ' '"), "1\n");
  EXPECT_NE(output("ps -o sid= -p " + pid), output("ps -o sid= -p " + std::to_string(getpid())));
  EXPECT_NE(output("ps -o user= -p " + pid), "root\n");
  EXPECT_EQ(
      exitCode("ls -l /proc/" + pid + "/fd | grep -v 'total\\|null\\|socket:\\|pipe:\\|inotify\\|" +
               directory() + "'"),
      1)
      << "it keeps no file of ours open";
}

TEST_F(DhcpServerProcess, AChangeOfItsOptionsKeepsEverybodyServed) {
  serveOne();
  auto other = server();
  other.dns = address("192.0.2.54");
  other.lease_seconds = 600;
  start(other);
  EXPECT_EQ(look().server, other);
  EXPECT_TRUE(renews());
  const auto reply = client_->boot(mac(1));
  ASSERT_TRUE(reply);
  EXPECT_EQ(net::format(reply->addressOption(6)), "192.0.2.54");
  EXPECT_EQ(reply->addressOption(51).value, 600U);
}

TEST_F(DhcpServerProcess, WhatDnsmasqRefusesIsToldAndTheOldOneGoesOn) {
  serveOne();
  const auto pid = dnsmasq_->pid();
  auto wrong = server();
  wrong.domain_name = "example.internal\nno-such-option";
  const auto refused = dnsmasq_->apply({.server = wrong});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(refused.error().message.find("bad option at line"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(dnsmasq_->pid(), pid);
  EXPECT_TRUE(renews());
  EXPECT_EQ(look().server, server());
}

TEST_F(DhcpServerProcess, WithoutDnsmasqTheErrorNamesThePackage) {
  dnsmasq_ = std::make_unique<Dnsmasq>(
      Dnsmasq::Options{.directory = directory(), .binary = "/nonexistent/dnsmasq"});
  const auto refused = dnsmasq_->apply({.server = server()});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("dnsmasq-base"), std::string::npos);
}

TEST_F(DhcpServerProcess, APlaceThatItsUserCannotEnterIsToldAndNothingStarts) {
  const auto closed = std::filesystem::path(directory()).parent_path();
  std::filesystem::permissions(closed, std::filesystem::perms::owner_all);
  const auto refused = dnsmasq_->apply({.server = server()});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("chmod o+x " + closed.string()), std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(running().empty());
}

TEST_F(DhcpServerProcess, WhatItCannotBindIsTold) {
  output(
      "dnsmasq --conf-file=/dev/null --port=0 --interface=br0 --dhcp-range=10.1.0.9,10.1.0.10 "
      "--leasefile-ro --pid-file=" +
      directory() + "-other.pid");
  const auto refused = dnsmasq_->apply({.server = server()});
  output("kill $(cat " + directory() + "-other.pid)");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("Address already in use"), std::string::npos)
      << refused.error().message;
}

TEST_F(DhcpServerProcess, AnotherServerOnAnotherBridgeOfThisHostGoesOn) {
  output(
      "ip link add virbr0 type bridge && ip link set virbr0 up && "
      "ip address add 192.168.122.1/24 dev virbr0 && ip link add port2 type veth peer name guest2 "
      "&& "
      "ip link set port2 master virbr0 up && ip link set guest2 up && "
      "dnsmasq --conf-file=/dev/null --port=0 --interface=virbr0 --except-interface=lo "
      "--bind-dynamic "
      "--dhcp-range=192.168.122.2,192.168.122.254 --leasefile-ro --no-ping --pid-file=" +
      directory() + "-other.pid");
  serveOne();
  WireClient other{"guest2"};
  const auto foreign = other.boot(mac(1));
  put({removal(mac(1)), hostStep(mac(2), "10.1.0.9")});
  EXPECT_TRUE(client_->boot(mac(2)));
  output("kill $(cat " + directory() + "-other.pid)");
  ASSERT_TRUE(foreign);
  EXPECT_TRUE(prefix("192.168.122.0/24").contains(foreign->address));
}

TEST_F(DhcpServerProcess, ItsFilesAreReadableWhateverTheUmask) {
  const auto before = umask(077);
  serveOne();
  put({removal(mac(1)), hostStep(mac(2), "10.1.0.9")});
  EXPECT_TRUE(client_->boot(mac(2)));
  umask(before);
}

TEST_F(DhcpServerProcess, AnInterfaceThatComesLaterIsServed) {
  output("ip link delete br0");
  start();
  put({hostStep(mac(1), "10.1.0.9")}, {network(2)});
  output(
      "ip link add br0 type bridge && ip link set br0 up && ip address add 10.1.0.1/27 dev br0 && "
      "ip link set port master br0");
  EXPECT_TRUE(client_->boot(mac(1)));
}

TEST_F(DhcpServerProcess, ItsLogIsTrimmedAndGoesOn) {
  serveOne();
  output("head -c 2000000 /dev/zero >> " + directory() + "/dnsmasq.log");
  (void)look();
  put({hostStep(mac(2), "10.1.0.10")});
  EXPECT_TRUE(client_->boot(mac(2)));
  const auto log = **files::read(directory() + "/dnsmasq.log");
  EXPECT_LT(log.size(), 10000U);
  EXPECT_NE(log.find(net::format(mac(2))), std::string::npos);
}

TEST_F(DhcpServerProcess, AFullLogStopsNothing) {
  serveOne();
  output("head -c 16777216 /dev/zero >> " + directory() + "/dnsmasq.log");
  const auto removal_path = directory() + "/hosts/" + net::format(mac(2));
  output("echo '" + net::format(mac(2)) + ",set:n2,10.1.0.10' > " + directory() + "/new && mv " +
         directory() + "/new " + removal_path);
  EXPECT_TRUE(client_->boot(mac(2)));
  EXPECT_TRUE(dnsmasq_->alive());
  EXPECT_LE(std::stoll(output("stat -c %s " + directory() + "/dnsmasq.log")), 17000000);
}

TEST_F(DhcpServerProcess, WithoutAServerNothingRuns) {
  serveOne();
  ASSERT_TRUE(dnsmasq_->apply({.server = std::nullopt}));
  EXPECT_FALSE(dnsmasq_->alive());
  EXPECT_TRUE(running().empty());
  EXPECT_FALSE(look().server);
  ASSERT_TRUE(dnsmasq_->apply({.server = std::nullopt}));
  put({removal(mac(1))}, {{.tag = {2}, .network = std::nullopt}});
  EXPECT_EQ(look(), host::Dhcp{});
}

}  // namespace
}  // namespace netctl::dhcp
