#include "netctl/kernel/conntrack/conntrack.h"
#include "modes/host/names.h"

#include "tests/kernel/support/peer.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>

namespace netctl::kernel {
namespace {

using host::Flow;
using host::FlowTuple;

constexpr std::uint8_t kEcho = 8;
constexpr int kArrives = 30000;
constexpr int kStaysAway = 200;

sockaddr_in wire(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  EXPECT_EQ(inet_pton(AF_INET, address.c_str(), &result.sin_addr), 1);
  return result;
}

/// A datagram socket of some namespace.
class Endpoint {
 public:
  Endpoint(Peer& where, const std::string& address, std::uint16_t port, int type = SOCK_DGRAM,
           int protocol = 0) {
    where.in([&] { descriptor_ = socket(AF_INET, type | SOCK_CLOEXEC, protocol); });
    const auto local = wire(address, port);
    EXPECT_EQ(bind(descriptor_, reinterpret_cast<const sockaddr*>(&local), sizeof local), 0);
  }
  ~Endpoint() { close(descriptor_); }
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  void send(const std::string& address, std::uint16_t port, const std::string& text = "hello") {
    const auto to = wire(address, port);
    EXPECT_GT(sendto(descriptor_, text.data(), text.size(), 0,
                     reinterpret_cast<const sockaddr*>(&to), sizeof to),
              0);
  }
  void listen() { EXPECT_EQ(::listen(descriptor_, 1), 0); }
  void connect(const std::string& address, std::uint16_t port) {
    const auto to = wire(address, port);
    EXPECT_EQ(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  }
  bool receives(int milliseconds = kArrives) {
    pollfd poll{descriptor_, POLLIN, 0};
    if (::poll(&poll, 1, milliseconds) != 1) return false;
    char buffer[2048];
    return recv(descriptor_, buffer, sizeof buffer, 0) > 0;
  }

 private:
  int descriptor_ = -1;
};

/// A router between 10.1.0.2 (a) and 10.2.0.2 (b) that drops what is cut and marks flows to port 7
/// for somebody else.
class ConntrackTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    connect(a_, "toa", "10.1.0");
    connect(b_, "tob", "10.2.0");
    output("sysctl -qw net.ipv4.ip_forward=1");
    output("iptables-legacy -A FORWARD -m connmark --mark 0x800000/0x800000 -j DROP");
    output("iptables-legacy -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT");
    output("iptables-legacy -t mangle -A PREROUTING -p udp --dport 7 -j CONNMARK --set-mark 0x45");
    conntrack_.emplace(Conntrack::open().value());
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

  std::vector<Flow> flows(const std::function<bool(const Flow&)>& wanted) {
    auto found = conntrack_->flows(wanted);
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : std::vector<Flow>{};
  }
  std::vector<Flow> flowsTo(std::uint16_t port) {
    return flows([=](const Flow& flow) { return flow.original.destination_port == port; });
  }
  void cut(const std::vector<Flow>& flows) {
    const auto result = conntrack_->cut(flows);
    ASSERT_TRUE(result) << result.error().message;
  }
  void keep(const std::vector<Flow>& flows) {
    const auto result = conntrack_->keep(flows);
    ASSERT_TRUE(result) << result.error().message;
  }
  void admit(const std::vector<Flow>& flows) {
    const auto result = conntrack_->admit(flows);
    ASSERT_TRUE(result) << result.error().message;
  }
  void forget(const std::vector<Flow>& flows) {
    const auto result = conntrack_->forget(flows);
    ASSERT_TRUE(result) << result.error().message;
  }
  /// As our table of nft does on any kernel.
  static void makeRoomForLabels() {
    output("nft 'add table ip room; add chain ip room any; add rule ip room any ct label set 7'");
  }
  static net::Ipv4Address address(const std::string& text) {
    return net::parseIpv4Address(text).value();
  }

  Peer a_;
  Peer b_;
  std::optional<Conntrack> conntrack_;
};

TEST_F(ConntrackTest, AFlowShowsBothItsTuples) {
  Endpoint client(a_, "10.1.0.2", 4000);
  Endpoint server(b_, "10.2.0.2", 9);
  client.send("10.2.0.2", 9);
  ASSERT_TRUE(server.receives());
  const Flow expected{{address("10.1.0.2"), address("10.2.0.2"), IPPROTO_UDP, 4000, 9},
                      {address("10.2.0.2"), address("10.1.0.2"), IPPROTO_UDP, 9, 4000},
                      false};
  EXPECT_EQ(flowsTo(9), std::vector{expected});
  EXPECT_TRUE(flowsTo(10).empty());
}

TEST_F(ConntrackTest, TheReplyTupleShowsTheTranslations) {
  output("iptables-legacy -t nat -A PREROUTING -d 192.0.2.1 -j DNAT --to 10.2.0.2");
  output("iptables-legacy -t nat -A POSTROUTING -s 10.1.0.2 -j SNAT --to 192.0.2.9");
  Endpoint client(a_, "10.1.0.2", 4000);
  Endpoint server(b_, "10.2.0.2", 9);
  client.send("192.0.2.1", 9);
  ASSERT_TRUE(server.receives());
  const auto found = flowsTo(9);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].original.destination, address("192.0.2.1"));
  EXPECT_EQ(found[0].reply.source, address("10.2.0.2"));
  EXPECT_EQ(found[0].reply.destination, address("192.0.2.9"));
}

TEST_F(ConntrackTest, AnEchoShowsTypeCodeAndId) {
  a_.output("ping -q -c 1 -W 2 -e 77 10.2.0.2 > /dev/null");
  const auto found = flows([](const Flow& flow) { return flow.original.protocol == IPPROTO_ICMP; });
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].original.icmp_type, kEcho);
  EXPECT_EQ(found[0].original.icmp_code, 0);
  EXPECT_EQ(found[0].original.icmp_id, 77);
  EXPECT_EQ(found[0].original.source_port, 0);
  cut(found);
  a_.output("! ping -q -c 1 -W 1 -e 77 10.2.0.2 > /dev/null");
  forget(found);
  a_.output("ping -q -c 1 -W 2 -e 77 10.2.0.2 > /dev/null");
}

TEST_F(ConntrackTest, ACutFlowEndsInBothDirectionsAndTheOneBesideItLives) {
  Endpoint client(a_, "10.1.0.2", 4000);
  Endpoint beside(a_, "10.1.0.2", 4001);
  Endpoint server(b_, "10.2.0.2", 9);
  for (auto* each : {&client, &beside}) each->send("10.2.0.2", 9);
  ASSERT_TRUE(server.receives() && server.receives());
  server.send("10.1.0.2", 4000);
  ASSERT_TRUE(client.receives());

  cut(flows([](const Flow& flow) { return flow.original.source_port == 4000; }));
  const auto found = flowsTo(9);
  ASSERT_EQ(found.size(), 2U);
  for (const auto& flow : found) EXPECT_EQ(flow.cut, flow.original.source_port == 4000);

  client.send("10.2.0.2", 9);
  EXPECT_FALSE(server.receives(kStaysAway));
  // A guest that goes on talking does not bring it back.
  for (int i = 0; i < 5; ++i) server.send("10.1.0.2", 4000);
  EXPECT_FALSE(client.receives(kStaysAway));
  beside.send("10.2.0.2", 9);
  EXPECT_TRUE(server.receives());
  server.send("10.1.0.2", 4001);
  EXPECT_TRUE(beside.receives());
}

TEST_F(ConntrackTest, ACutLeavesTheOtherBitsOfTheMark) {
  Endpoint client(a_, "10.1.0.2", 4000);
  Endpoint server(b_, "10.2.0.2", 7);
  client.send("10.2.0.2", 7);
  ASSERT_TRUE(server.receives());
  output("conntrack -L 2>/dev/null | grep -q 'dport=7 .*mark=69 '");
  cut(flowsTo(7));
  output(
      fmt::format("conntrack -L 2>/dev/null | grep -q 'dport=7 .*mark={} '", host::kCutMark | 69U));
  // Once more changes nothing.
  cut(flowsTo(7));
  output(
      fmt::format("conntrack -L 2>/dev/null | grep -q 'dport=7 .*mark={} '", host::kCutMark | 69U));
}

TEST_F(ConntrackTest, WhatIsDecidedStandsInLabels) {
  makeRoomForLabels();
  output("iptables-legacy -I FORWARD -m connlabel --label 9 -j DROP");
  Endpoint client(a_, "10.1.0.2", 4000);
  Endpoint server(b_, "10.2.0.2", 9);
  client.send("10.2.0.2", 9);
  ASSERT_TRUE(server.receives());
  EXPECT_FALSE(flowsTo(9).at(0).labelled);
  admit(flowsTo(9));
  EXPECT_TRUE(flowsTo(9).at(0).admitted);
  keep(flowsTo(9));
  EXPECT_TRUE(flowsTo(9).at(0).kept && flowsTo(9).at(0).admitted);
  admit(flowsTo(9));
  EXPECT_FALSE(flowsTo(9).at(0).kept);
  keep(flowsTo(9));
  cut(flowsTo(9));
  const auto flow = flowsTo(9).at(0);
  EXPECT_TRUE(flow.cut && flow.marked && flow.labelled);
  EXPECT_FALSE(flow.kept || flow.admitted);
  // Another program's rule that writes whole marks revives nothing.
  output("iptables-legacy -t mangle -A PREROUTING -j CONNMARK --set-mark 0x1");
  client.send("10.2.0.2", 9);
  server.send("10.1.0.2", 4000);
  EXPECT_FALSE(server.receives(kStaysAway) || client.receives(0));
  EXPECT_TRUE(flowsTo(9).at(0).cut);
  EXPECT_FALSE(flowsTo(9).at(0).marked);
}

TEST_F(ConntrackTest, WithoutRoomForLabelsTheMarkSaysTheSame) {
  Endpoint client(a_, "10.1.0.2", 4000);
  Endpoint server(b_, "10.2.0.2", 7);
  client.send("10.2.0.2", 7);
  ASSERT_TRUE(server.receives());
  keep(flowsTo(7));
  EXPECT_TRUE(flowsTo(7).at(0).kept);
  EXPECT_FALSE(flowsTo(7).at(0).labelled);
  cut(flowsTo(7));
  EXPECT_TRUE(flowsTo(7).at(0).cut);
  EXPECT_FALSE(flowsTo(7).at(0).kept);
  admit(flowsTo(7));
  EXPECT_FALSE(flowsTo(7).at(0).cut || flowsTo(7).at(0).admitted);
  output("conntrack -L 2>/dev/null | grep -q 'dport=7 .*mark=69 '");
}

TEST_F(ConntrackTest, ATcpFlowThatIsCutIsClosed) {
  makeRoomForLabels();
  Endpoint client(a_, "10.1.0.2", 4000, SOCK_STREAM);
  Endpoint server(b_, "10.2.0.2", 9, SOCK_STREAM);
  server.listen();
  client.connect("10.2.0.2", 9);
  output("conntrack -L 2>/dev/null | grep -q 'ESTABLISHED .*dport=9 '");
  cut(flowsTo(9));
  output("conntrack -L 2>/dev/null | grep -q 'CLOSE .*dport=9 '");
  EXPECT_TRUE(flowsTo(9).at(0).cut);
}

TEST_F(ConntrackTest, TheEntryOfATcpFlowThatIsCutEndsSoonThoughNobodySends) {
  makeRoomForLabels();
  Endpoint client(a_, "10.1.0.2", 4000, SOCK_STREAM);
  Endpoint server(b_, "10.2.0.2", 9, SOCK_STREAM);
  server.listen();
  client.connect("10.2.0.2", 9);
  const auto seconds = [] {
    return std::stoi(output("conntrack -L 2>/dev/null | awk '/dport=9 /{print $3}'"));
  };
  ASSERT_GT(seconds(), 400000);
  cut(flowsTo(9));
  EXPECT_LE(seconds(), 10);
}

TEST_F(ConntrackTest, AnEntryShowsItsWeight) {
  const auto only = [&] {
    auto found = conntrack_->entries(
        [](const host::FlowEntry& entry) { return entry.flow.original.destination_port == 9; });
    EXPECT_TRUE(found) << found.error().message;
    return found.value().at(0);
  };
  Endpoint client(a_, "10.1.0.2", 4000, SOCK_STREAM);
  Endpoint server(b_, "10.2.0.2", 9, SOCK_STREAM);
  server.listen();
  client.connect("10.2.0.2", 9);
  EXPECT_TRUE(only().assured);
  EXPECT_GT(only().seconds, 400000U);
  EXPECT_EQ(only().flow, flowsTo(9).at(0));
  forget(flowsTo(9));
  Endpoint silent(a_, "10.1.0.2", 4001);
  silent.send("10.2.0.2", 9);
  EXPECT_FALSE(only().assured) << "nobody has answered";
  EXPECT_LE(only().seconds, 30U);
}

TEST_F(ConntrackTest, TheTableIsThisNamespacesAndItsLimitIsKnown) {
  const auto before = Conntrack::table().value();
  EXPECT_GT(before.limit, 0U);
  Endpoint client(a_, "10.1.0.2", 4000);
  client.send("10.2.0.2", 9);
  EXPECT_EQ(flowsTo(9).size(), 1U);
  EXPECT_EQ(Conntrack::table().value().used, before.used + 1);
}

TEST_F(ConntrackTest, AForgottenFlowCanBeginAnew) {
  Endpoint client(a_, "10.1.0.2", 4000);
  Endpoint server(b_, "10.2.0.2", 9);
  client.send("10.2.0.2", 9);
  ASSERT_TRUE(server.receives());
  cut(flowsTo(9));
  forget(flowsTo(9));
  EXPECT_TRUE(flowsTo(9).empty());
  client.send("10.2.0.2", 9);
  EXPECT_TRUE(server.receives());
  EXPECT_FALSE(flowsTo(9).at(0).cut);
}

TEST_F(ConntrackTest, AFlowThatHasEndedKeepsNoOtherFromBeingCut) {
  Endpoint client(a_, "10.1.0.2", 4000);
  Endpoint server(b_, "10.2.0.2", 9);
  client.send("10.2.0.2", 9);
  ASSERT_TRUE(server.receives());
  auto found = flowsTo(9);
  ASSERT_EQ(found.size(), 1U);
  auto ended = found[0];
  ended.original.source_port = 5000;
  found.insert(found.begin(), ended);
  cut(found);
  const auto after = flowsTo(9);
  ASSERT_EQ(after.size(), 1U) << "a cut must not make an entry";
  EXPECT_TRUE(after[0].cut);
  forget(found);
  EXPECT_TRUE(flowsTo(9).empty());
  forget(found);
}

TEST_F(ConntrackTest, AnyProtocolCanBeCut) {
  for (const int protocol : std::initializer_list<int>{IPPROTO_GRE, IPPROTO_SCTP, 253}) {
    SCOPED_TRACE(protocol);
    Endpoint client(a_, "10.1.0.2", 0, SOCK_RAW, protocol);
    Endpoint server(b_, "10.2.0.2", 0, SOCK_RAW, protocol);
    // For SCTP an INIT chunk, for GRE a header without options.
    const std::string packet = protocol == IPPROTO_SCTP
                                   ? std::string(
                                         "\x11\x22\x00\x09\0\0\0\0\x51\x9d\xb1\xc2"
                                         "\x01\0\0\x14\0\0\0\x01\0\0\x10\0\0\x01\0\x01\0\0\0\x01",
                                         32)
                                   : std::string("\0\0\x08\0hello", 9);
    output("sysctl -qw net.netfilter.nf_conntrack_checksum=0");
    client.send("10.2.0.2", 0, packet);
    ASSERT_TRUE(server.receives());
    const auto found = flows([=](const Flow& flow) { return flow.original.protocol == protocol; });
    ASSERT_EQ(found.size(), 1U);
    cut(found);
    client.send("10.2.0.2", 0, packet);
    EXPECT_FALSE(server.receives(kStaysAway));
    forget(found);
    EXPECT_TRUE(
        flows([=](const Flow& flow) { return flow.original.protocol == protocol; }).empty());
  }
}

TEST_F(ConntrackTest, ManyFlowsAreReadInOneWalkAndCutAtOnce) {
  constexpr std::uint16_t kFlows = 20000;
  Endpoint client(a_, "10.1.0.2", 4000);
  for (std::uint16_t port = 10000; port < 10000 + kFlows; ++port) client.send("10.2.0.2", port);
  const auto all = [](const Flow& flow) { return flow.original.protocol == IPPROTO_UDP; };
  const auto found = flows(all);
  EXPECT_EQ(found.size(), kFlows);
  cut(found);
  const auto after = flows(all);
  EXPECT_EQ(after.size(), kFlows);
  EXPECT_TRUE(std::all_of(after.begin(), after.end(), [](const Flow& flow) { return flow.cut; }));
  forget(after);
  EXPECT_TRUE(flows(all).empty());
}

TEST_F(ConntrackTest, AnEmptyListCutsAndForgetsNothing) {
  Endpoint client(a_, "10.1.0.2", 4000);
  Endpoint server(b_, "10.2.0.2", 9);
  client.send("10.2.0.2", 9);
  ASSERT_TRUE(server.receives());
  cut({});
  forget({});
  EXPECT_FALSE(flowsTo(9).at(0).cut);
}

TEST_F(ConntrackTest, FlowsOfAnotherZoneAreNotOurs) {
  output("iptables-legacy -t raw -A PREROUTING -p udp --dport 9 -j CT --zone 5");
  Endpoint client(a_, "10.1.0.2", 4000);
  client.send("10.2.0.2", 9);
  output(
      "for i in $(seq 20); do conntrack -L 2>/dev/null | grep -q 'dport=9 ' && break; sleep 0.1; "
      "done");
  output("conntrack -L 2>/dev/null | grep -q 'dport=9 '");
  EXPECT_TRUE(flowsTo(9).empty());
}

TEST_F(ConntrackTest, AFlushIsSeenOnceByAnEntryOfOurOwn) {
  const auto flushed = [&] {
    const auto result = conntrack_->wasFlushed();
    EXPECT_TRUE(result) << result.error().message;
    return result && *result;
  };
  EXPECT_FALSE(flushed()) << "the first question";
  EXPECT_FALSE(flushed());
  output("conntrack -F 2>/dev/null");
  EXPECT_TRUE(flushed());
  EXPECT_FALSE(flushed());
  output("conntrack -D -s 10.1.0.2 2>/dev/null || true");
  EXPECT_FALSE(flushed()) << "others' entries";
  // The next netctld finds it.
  auto next = Conntrack::open().value();
  EXPECT_FALSE(*next.wasFlushed());
  ASSERT_TRUE(next.forgetOwn());
  EXPECT_EQ(output("conntrack -L 2>/dev/null | wc -l"), "0\n");
}

TEST_F(ConntrackTest, AFlowThatWasTakenUpFromTheOtherSideBearsItsLabel) {
  makeRoomForLabels();
  Endpoint client(a_, "10.1.0.2", 4000);
  client.send("10.2.0.2", 9);
  output(fmt::format("iptables-legacy -t mangle -A PREROUTING -m connlabel --label {} --set",
                     host::kTurnedLabel));
  client.send("10.2.0.2", 9);
  ASSERT_EQ(flowsTo(9).size(), 1U);
  const auto turned = flowsTo(9);
  EXPECT_TRUE(turned.at(0).turned);
  cut(turned);
  EXPECT_TRUE(flowsTo(9).at(0).turned) << "it is judged as before";
  EXPECT_TRUE(flowsTo(9).at(0).cut);
}

}  // namespace
}  // namespace netctl::kernel
