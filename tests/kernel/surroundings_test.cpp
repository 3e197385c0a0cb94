// What others have beside what is ours, made with their own tools.

#include "netctl/surroundings/observe.h"

#include "netctl/kernel/iptables/table_dump.h"
#include "netctl/kernel/links/routes.h"
#include "netctl/kernel/nft/forward_chains.h"
#include "netctl/kernel/nft/input_chains.h"
#include "netctl/kernel/nft/namespace_lock.h"
#include "netctl/surroundings/host_network.h"
#include "netctl/surroundings/prerouting_chains.h"
#include "netctl/surroundings/problems.h"
#include "netctl/surroundings/untracking_rules.h"
#include "tests/kernel/support/frames.h"
#include "tests/kernel/support/network_namespace.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace netctl::kernel {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

using surroundings::UntrackingRule;

void run(const std::string& command) {
  (void)output(command);
}

class Surroundings : public NetworkNamespace {
 protected:
  static std::vector<ForwardChain> chains() {
    const auto read = readForwardChains();
    EXPECT_TRUE(read) << read.error().message;
    return read ? *read : std::vector<ForwardChain>();
  }
};

TEST_F(Surroundings, ChainsThatDoNotForwardAreNoneOfThem) {
  run("nft add table ip site");
  run("nft add chain ip site in '{ type filter hook input priority 0; policy drop; }'");
  run("nft add chain ip site nat '{ type nat hook postrouting priority 100; }'");
  run("nft add chain ip site plain");
  run("nft add table ip netctl");
  run("nft add chain ip netctl wall '{ type filter hook forward priority 1; policy drop; }'");
  EXPECT_THAT(chains(), IsEmpty());
}

TEST_F(Surroundings, APolicyThatDropsIsSeenWithWhatIsAccepted) {
  run("iptables-nft -P FORWARD DROP");
  run("iptables-nft -N DOCKER-USER");
  run("iptables-nft -A FORWARD -j DOCKER-USER");
  run("iptables-nft -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
  run("iptables-nft -A FORWARD -i docker0 -o docker0 -j ACCEPT");
  auto seen = chains();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].family + " " + seen[0].table + " " + seen[0].name, "ip filter FORWARD");
  EXPECT_TRUE(seen[0].drops_rest);
  EXPECT_THAT(seen[0].accepts, ElementsAre(NftAccept{.in = "docker0", .out = "docker0"}));

  run("iptables-nft -I DOCKER-USER -s 172.16.0.0/12 -j ACCEPT");
  run("iptables-nft -I DOCKER-USER -d 172.16.0.0/16 -m comment --comment ours -j ACCEPT");
  run("iptables-nft -I DOCKER-USER -s 10.1.2.3 -p tcp --dport 80 -j ACCEPT");
  run("iptables-nft -I DOCKER-USER ! -s 10.0.0.0/8 -j ACCEPT");
  seen = chains();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_THAT(seen[0].accepts, ElementsAre(NftAccept{.destination = prefix("172.16.0.0/16")},
                                           NftAccept{.source = prefix("172.16.0.0/12")},
                                           NftAccept{.in = "docker0", .out = "docker0"}));
  run("iptables-nft -P FORWARD ACCEPT");
  EXPECT_FALSE(chains().at(0).drops_rest);
}

TEST_F(Surroundings, ARuleThatDropsTheRestIsSeenAsAPolicy) {
  run("nft add table inet fw");
  run("nft add chain inet fw forward '{ type filter hook forward priority 10; policy accept; }'");
  run("nft add chain inet fw trusted");
  run("nft add rule inet fw trusted accept");
  run("nft add rule inet fw forward ct state established,related accept");
  run("nft add rule inet fw forward iifname br0 goto trusted");
  run("nft add rule inet fw forward oifname 'euca*' accept");
  run("nft add rule inet fw forward ip daddr 172.16.0.0/16 counter accept");
  EXPECT_FALSE(chains().at(0).drops_rest);
  run("nft add rule inet fw forward counter log reject with icmpx admin-prohibited");
  const auto seen = chains();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_TRUE(seen[0].drops_rest);
  EXPECT_THAT(seen[0].accepts, ElementsAre(NftAccept{.in = "br0"}, NftAccept{.out = "euca*"},
                                           NftAccept{.destination = prefix("172.16.0.0/16")}));
  run("nft insert rule inet fw forward accept");
  EXPECT_FALSE(chains().at(0).drops_rest) << "an accept without conditions comes first";
}

class InputChains : public NetworkNamespace {
 protected:
  /// What the chains of others drop of what instances ask the host for: by chain.
  static std::map<std::string, std::string> dropped() {
    const auto read = readInputChains();
    EXPECT_TRUE(read) << read.error().message;
    std::map<std::string, std::string> found;
    if (!read) return found;
    const surroundings::Place place{.routes = true,
                                    .serves_dhcp = true,
                                    .serves_metadata = true,
                                    .subnet = prefix("172.16.0.0/16"),
                                    .private_interface = "br0"};
    for (const auto& problem : surroundings::inputChainProblems(*read, place)) {
      found[problem.object] = problem.what.substr(problem.what.find(':') + 2);
      remedy_ = problem.remedy;
    }
    return found;
  }
  static inline std::string remedy_;
};

constexpr const char* kAsked = "DHCP, metadata, pings of their gateway";

TEST_F(InputChains, OfIptablesNftAreNamedUntilTheirRemedy) {
  EXPECT_THAT(dropped(), IsEmpty());
  // As ufw has it.
  run("iptables-nft -P INPUT DROP");
  run("iptables-nft -N before; iptables-nft -N not-local; iptables-nft -N after");
  run("iptables-nft -A INPUT -j before; iptables-nft -A INPUT -j after");
  run("iptables-nft -A before -i lo -j ACCEPT");
  run("iptables-nft -A before -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
  run("iptables-nft -A before -p udp --sport 67 --dport 68 -j ACCEPT");
  run("iptables-nft -A before -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -j ACCEPT");
  run("iptables-nft -A before -j not-local");
  run("iptables-nft -A not-local -m addrtype --dst-type LOCAL -j RETURN");
  run("iptables-nft -A not-local -m limit --limit 3/min -j LOG");
  run("iptables-nft -A not-local -j DROP");
  run("iptables-nft -A after -p udp -m udp --dport 67 -j DROP");
  const std::map<std::string, std::string> all{{"nft chain ip filter INPUT", kAsked}};
  EXPECT_EQ(dropped(), all);
  run("iptables-nft -I before 1 -p icmp --icmp-type echo-request -j ACCEPT");
  EXPECT_EQ(dropped().begin()->second, "DHCP, metadata");
  run("iptables-nft -I before 1 -p udp -m udp --dport 67 -j ACCEPT");
  EXPECT_EQ(dropped().begin()->second, "metadata");
  run("iptables-nft -I before 1 -p tcp --dport 80 -m conntrack --ctstate NEW -j ACCEPT");
  EXPECT_THAT(dropped(), IsEmpty());
  for (int i = 0; i < 3; ++i) run("iptables-nft -D before 1");

  ASSERT_EQ(dropped(), all);
  run(remedy_.substr(0, remedy_.find(" (")));
  EXPECT_THAT(dropped(), IsEmpty()) << remedy_;
  EXPECT_THAT(output("iptables-nft -S INPUT"),
              AllOf(HasSubstr("-i br0 -p udp -m udp --dport 67 -j ACCEPT"),
                    HasSubstr("-s 172.16.0.0/16 -i br0 -j ACCEPT")));
}

TEST_F(InputChains, OfNftAreNamedUntilTheirRemedy) {
  // As firewalld has it.
  run("nft add table inet fw");
  run("nft add chain inet fw in '{ type filter hook input priority 10; policy accept; }'");
  run("nft add chain inet fw public");
  run("nft add rule inet fw in 'ct state { established, related } accept'");
  run("nft add rule inet fw in 'ct status dnat accept'");
  run("nft add rule inet fw in 'iifname \"lo\" accept'");
  run("nft add rule inet fw in 'ct state invalid drop'");
  run("nft add rule inet fw in 'goto public'");
  run("nft add rule inet fw public 'tcp dport 22 accept'");
  run("nft add rule inet fw public 'udp dport 60-66 accept'");
  run("nft add rule inet fw public 'meta l4proto { icmp, ipv6-icmp } accept'");
  run("nft add rule inet fw public 'reject with icmpx admin-prohibited'");
  EXPECT_EQ(dropped().begin()->second, "DHCP, metadata") << "a ping may be accepted";
  run("nft insert rule inet fw public 'udp dport { 53, 67 } accept'");
  EXPECT_EQ(dropped().begin()->second, "metadata") << "what cannot be read may accept it";
  run("nft flush chain inet fw public && nft add rule inet fw public drop");
  EXPECT_EQ(dropped(), (std::map<std::string, std::string>{{"nft chain inet fw in", kAsked}}));
  run(remedy_.substr(0, remedy_.find(" (")));
  EXPECT_THAT(dropped(), IsEmpty()) << remedy_;
}

TEST_F(InputChains, AreKnownByWhatTheyDo) {
  run("nft add table ip site");
  run("nft add chain ip site in '{ type filter hook input priority 0; policy accept; }'");
  run("nft add rule ip site in 'ct state vmap { established : accept, invalid : drop }'");
  run("nft add rule ip site in 'ip saddr 10.0.0.0/8 drop'");
  run("nft add rule ip site in 'iifname eth1 drop'");
  EXPECT_THAT(dropped(), IsEmpty());
  run("nft add rule ip site in 'ct state new iifname br0 udp dport 67-68 drop'");
  EXPECT_EQ(dropped().begin()->second, "DHCP") << "a policy that accepts drops nevertheless";
  run("nft add rule ip site in 'ip saddr 172.16.0.0/12 icmp type echo-request drop'");
  EXPECT_EQ(dropped().begin()->second, "DHCP, pings of their gateway");
  run("nft add rule ip site in 'ip saddr 172.16.7.0/24 drop'");
  EXPECT_EQ(dropped().begin()->second, "DHCP, pings of their gateway") << "only some of them";
  run("nft flush table ip site");
  // Ours, and what iptables-legacy has, where our jump is the first rule.
  run("nft add table ip netctl");
  run("nft add chain ip netctl in '{ type filter hook input priority 1; policy drop; }'");
  run("iptables-legacy -P INPUT DROP");
  EXPECT_THAT(dropped(), IsEmpty());
}

TEST_F(Surroundings, RulesThatKeepPacketsOutOfConntrackAreFound) {
  EXPECT_THAT(surroundings::readUntrackingRules(), IsEmpty());
  EXPECT_THAT(output("cat /proc/net/ip_tables_names"), Not(HasSubstr("raw"))) << "by asking";
  run("iptables-legacy -t raw -A PREROUTING -s 172.16.0.0/16 -i br0 -j CT --notrack");
  run("iptables-legacy -t raw -A PREROUTING -p tcp --dport 21 -j CT --zone 7");
  run("iptables-legacy -t raw -A OUTPUT -j CT --notrack");
  run("iptables-nft -t raw -A PREROUTING -d 172.16.1.0/24 -j CT --notrack");
  run("iptables-nft -t raw -A OUTPUT -j CT --notrack");
  run("nft add table inet site");
  run("nft add chain inet site early '{ type filter hook prerouting priority raw; }'");
  run("nft add rule inet site early 'udp dport 53 notrack'");
  EXPECT_THAT(
      surroundings::readUntrackingRules(),
      UnorderedElementsAre(
          UntrackingRule{"iptables chain PREROUTING of raw", prefix("172.16.0.0/16"), {}, "br0"},
          UntrackingRule{"nft chain ip raw PREROUTING", {}, prefix("172.16.1.0/24"), ""},
          UntrackingRule{"nft chain inet site early", {}, {}, ""}));
}

TEST_F(Surroundings, ChainsAtPreroutingAreFoundWithWhatTheyDo) {
  const auto found = [](std::string_view object) {
    const surroundings::Place place{.routes = true,
                                    .serves_metadata = true,
                                    .subnet = prefix("172.16.0.0/16"),
                                    .pool = {prefix("203.0.113.0/24")},
                                    .private_interface = "br0",
                                    .public_interface = "eth1"};
    std::vector<std::string> what;
    for (const auto& problem :
         surroundings::preroutingProblems(surroundings::readPreroutingChains(), place)) {
      if (problem.object == object) what.push_back(problem.what);
    }
    return what;
  };
  EXPECT_THAT(surroundings::readPreroutingChains(), IsEmpty());
  EXPECT_THAT(output("cat /proc/net/ip_tables_names"), Not(HasSubstr("raw"))) << "by asking";
  run("iptables-legacy -t raw -N SITE");
  run("iptables-legacy -t raw -A PREROUTING -j SITE");
  run("iptables-legacy -t raw -A SITE -s 172.16.0.0/16 -i br+ -j DROP");
  run("iptables-legacy -t mangle -A PREROUTING -p tcp --dport 81 -j DROP");
  run("iptables-legacy -t nat -A PREROUTING -i br0 -p tcp --dport 80 -j REDIRECT");
  run("iptables-legacy -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j REDIRECT");
  run("iptables-nft -t nat -A PREROUTING -i br0 -p tcp --dport 80 -j REDIRECT --to-ports 3128");
  run("nft add table ip site");
  run("nft add chain ip site early '{ type nat hook prerouting priority -150; }'");
  run("nft add rule ip site early 'iifname eth1 dnat to 10.0.0.1'");
  EXPECT_THAT(found("iptables chain PREROUTING of raw"),
              ElementsAre("drops packets of instances: metadata, pings of their gateway, what they "
                          "send"));
  EXPECT_THAT(found("iptables chain PREROUTING of mangle"), IsEmpty());
  EXPECT_THAT(found("iptables chain PREROUTING of nat"),
              ElementsAre("diverts packets of instances: metadata"));
  EXPECT_THAT(found("nft chain ip nat PREROUTING"),
              ElementsAre("diverts packets of instances: metadata"));
  EXPECT_THAT(found("nft chain ip site early"),
              ElementsAre("diverts packets of instances: what comes for public addresses"));
}

TEST_F(Surroundings, HeadsOfRulesTellWhomTheyMeet) {
  run("iptables-legacy -N SITE");
  run("iptables-legacy -A FORWARD -s 10.1.2.0/24 -i eth+ -o br0 -p tcp --dport 80 -j SITE");
  run("iptables-legacy -A FORWARD ! -s 10.0.0.0/8 ! -i lo -j DROP");
  run("iptables-legacy -A FORWARD -d 10.0.0.1/255.0.0.255");
  const auto dump = TableDump::read(host::Table::Filter);
  ASSERT_TRUE(dump) << dump.error().message;
  EXPECT_THAT(dump->heads("FORWARD"),
              ElementsAre(RuleHead{.source = prefix("10.1.2.0/24"),
                                   .in = "eth+",
                                   .out = "br0",
                                   .protocol = 6,
                                   .from_port = 80,
                                   .to_port = 80,
                                   .verdict = "SITE"},
                          RuleHead{.verdict = "DROP", .asks_for_more = true}, RuleHead{}));
  EXPECT_THAT(dump->heads("SITE"), IsEmpty());
}

TEST_F(Surroundings, RoutesAreReadWithTheirSource) {
  run("ip link add d0 type veth peer name d1");
  run("ip link set d0 up; ip link set d1 up");
  run("ip address add 10.1.0.1/24 dev d0");
  run("ip route add default via 10.1.0.2 metric 7");
  run("ip route add 10.2.0.0/16 via 10.1.0.3 table 77");
  run("ip route add blackhole 10.3.0.0/16");
  auto socket = RouteSocket::open();
  ASSERT_TRUE(socket);
  const auto routes = readRoutes(*socket);
  ASSERT_TRUE(routes) << routes.error().message;
  const auto address = [](std::string_view text) { return net::parseIpv4Address(text).value(); };
  const auto index =
      static_cast<int>(std::ranges::find(*routes, prefix("10.1.0.0/24"), &Route::prefix)->index);
  EXPECT_GT(index, 0);
  EXPECT_THAT(*routes,
              Contains(Route{prefix("10.1.0.0/24"), 254, index, 0, {}, address("10.1.0.1")}));
  EXPECT_THAT(*routes,
              Contains(Route{prefix("0.0.0.0/0"), 254, index, 7, address("10.1.0.2"), {}}));
  EXPECT_THAT(*routes,
              Contains(Route{prefix("10.2.0.0/16"), 77, index, 0, address("10.1.0.3"), {}}));
  EXPECT_EQ(routes->size(), 4U) << "none of the local table";
  const auto network = surroundings::readHostNetwork();
  ASSERT_TRUE(network);
  EXPECT_THAT(network->routes,
              Contains(config::HostRoute{prefix("10.3.0.0/16"), "no device", false}));
  EXPECT_EQ(network->routes.size(), 3U) << "the default route is no route into anything";
}

TEST_F(Surroundings, TheLockIsOneProcesssAtATime) {
  auto lock = NamespaceLock::take();
  ASSERT_TRUE(lock) << lock.error().message;
  const auto second = NamespaceLock::take();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::Busy);
  run("nft flush ruleset");
  EXPECT_FALSE(NamespaceLock::take()) << "nobody else can flush it";
  lock = Error{};
  EXPECT_TRUE(NamespaceLock::take()) << "it goes with its socket";
  // As a child that a killed netctld had just begun keeps it for a moment.
  auto kept = NamespaceLock::take();
  ASSERT_TRUE(kept);
  auto next = std::async(std::launch::async, [] { return NamespaceLock::take(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  kept = Error{};
  EXPECT_TRUE(next.get()) << "it was waited for";
  run("nft add table ip netctl_lock");
  const auto made = NamespaceLock::take();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::Conflict);
  EXPECT_THAT(made.error().message, HasSubstr("nft delete table ip netctl_lock"));
}

}  // namespace
}  // namespace netctl::kernel
