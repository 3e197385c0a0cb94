#include "base/file.h"
#include "tests/dhcp/dhcp_fixture.h"

#include <fmt/format.h>

// The clients that guests really run, in a network namespace of their own.
namespace netctl::dhcp {
namespace {

class DhcpClients : public DhcpTest {
 protected:
  void SetUp() override {
    DhcpTest::SetUp();
    guest_ = fmt::format("netctl-dhcp-{}", getpid());
    output(fmt::format(
        "ip netns add {0} && ip link add port2 type veth peer name eth0 netns {0} address {1} && "
        "ip link set port2 master br0 up && ip -n {0} link set lo up && ip -n {0} link set eth0 up",
        guest_, net::format(mac(1))));
    start();
    put({hostStep(mac(1), "10.1.0.9")}, {network(2)});
    ASSERT_TRUE(files::replace(file("udhcpc.sh"),
                               "#!/bin/sh\n"
                               "[ -n \"$ip\" ] && ip address replace $ip/$mask dev $interface\n"
                               "echo $1 $ip/$mask $router $broadcast $dns $domain $hostname >> " +
                                   file("seen") + "\n",
                               0755, file("temporary")));
    ASSERT_TRUE(files::replace(file("dhclient.sh"),
                               "#!/bin/sh\n"
                               "echo $reason $new_ip_address $new_subnet_mask $new_routers "
                               "$new_broadcast_address $new_domain_name_servers $new_domain_name "
                               "$new_host_name >> " +
                                   file("seen") + "\n",
                               0755, file("temporary")));
  }
  void TearDown() override {
    output("ip netns pids " + guest_ + " | xargs -r kill; ip netns delete " + guest_);
    DhcpTest::TearDown();
  }
  [[nodiscard]] std::string file(const std::string& name) const { return directory() + "-" + name; }
  [[nodiscard]] std::string inGuest(const std::string& command) const {
    return "ip netns exec " + guest_ + " " + command;
  }
  /// All that the client's script was told till now, once it was told `reason`.
  [[nodiscard]] std::string seen(const std::string& reason) const {
    for (int i = 0; i < 1000; ++i) {
      const auto text = files::read(file("seen"));
      if (text && *text && (*text)->find(reason) != std::string::npos) return **text;
      usleep(10000);
    }
    return "nothing";
  }
  /// Starts dhclient in the foreground of a shell's job: as a daemon it would write its process id
  /// only after the command that started it has ended.
  void dhclient() const {
    output(inGuest("dhclient -d -1 --no-pid -cf /dev/null -lf " + file("leases") + " -sf " +
                   file("dhclient.sh") + " eth0") +
           " > /dev/null 2>&1 & echo $! > " + file("pid"));
  }

  std::string guest_;
};

TEST_F(DhcpClients, UdhcpcBootsAndRenewsAfterAReplacement) {
  output(inGuest("busybox udhcpc -i eth0 -f -t 5 -T 1 -O hostname -s " + file("udhcpc.sh")) +
         " > /dev/null 2>&1 & echo $! > " + file("pid"));
  EXPECT_NE(seen("bound").find("bound 10.1.0.9/27 10.1.0.1 192.0.2.53 "
                               "eucalyptus.internal ip-10-1-0-9"),
            std::string::npos)
      << seen("bound");
  // It is told no broadcast address, and its script sets none: the kernel has that of the netmask.
  EXPECT_TRUE(output(inGuest("ip route get 10.1.0.31")).starts_with("broadcast 10.1.0.31 "));
  put({hostStep(mac(2), "10.1.0.10")});
  put({removal(mac(2))});
  output("kill -USR1 $(cat " + file("pid") + ")");
  EXPECT_NE(seen("renew").find("renew 10.1.0.9/27"), std::string::npos) << seen("renew");
}

TEST_F(DhcpClients, DhclientBootsAndRemembersItsLease) {
  dhclient();
  // The broadcast address is its own work, from the netmask.
  const std::string lease =
      " 10.1.0.9 255.255.255.224 10.1.0.1 10.1.0.31 192.0.2.53 eucalyptus.internal ip-10-1-0-9";
  EXPECT_NE(seen("BOUND").find("BOUND" + lease), std::string::npos) << seen("BOUND");
  output("kill $(cat " + file("pid") + ")");
  put({hostStep(mac(2), "10.1.0.10")});
  put({removal(mac(2))});
  dhclient();
  EXPECT_NE(seen("REBOOT").find("REBOOT" + lease), std::string::npos) << seen("REBOOT");
}

TEST_F(DhcpClients, AStrangersClientFails) {
  output("ip -n " + guest_ + " link set eth0 address " + net::format(mac(99)));
  EXPECT_NE(exitCode(inGuest("busybox udhcpc -i eth0 -n -q -f -t 2 -T 1 -s " + file("udhcpc.sh"))),
            0);
}

}  // namespace
}  // namespace netctl::dhcp
