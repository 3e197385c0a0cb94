#include "netctl/kernel/links/announce.h"

#include "tests/kernel/support/peer.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <vector>

namespace netctl::kernel {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// An ARP packet as a neighbour sees it.
struct Heard {
  std::string to;  ///< Ethernet
  std::uint16_t operation = 0;
  std::string sender_mac;
  std::string sender;
  std::string target;

  bool operator==(const Heard&) const = default;
};

std::string macOf(const std::uint8_t* bytes) {
  net::MacAddress mac;
  std::memcpy(mac.bytes.data(), bytes, mac.bytes.size());
  return net::format(mac);
}

std::string addressOf(const std::uint8_t* bytes) {
  std::uint32_t wire = 0;
  std::memcpy(&wire, bytes, sizeof wire);
  return net::format(net::Ipv4Address{ntohl(wire)});
}

class AnnounceTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    output(fmt::format("ip link add eth0 address 02:00:00:00:00:01 type veth peer eth0 netns {}",
                       neighbour_.path()));
    output("ip link set eth0 up");
    neighbour_.output("ip link set eth0 up && ip address add 192.0.2.200/24 dev eth0");
    neighbour_.in([&] {
      ear_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ARP));
      sockaddr_ll at{};
      at.sll_family = AF_PACKET;
      at.sll_protocol = htons(ETH_P_ARP);
      at.sll_ifindex = static_cast<int>(if_nametoindex("eth0"));
      ASSERT_EQ(bind(ear_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    });
    announcer_.emplace(io_, AnnouncementSocket::open().value());
  }
  void TearDown() override {
    close(ear_);
    NetworkNamespace::TearDown();
  }

  /// What is heard: these many, however long they take, and what comes right behind them.
  std::vector<Heard> listen(std::size_t expected) {
    std::vector<Heard> heard;
    pollfd poll{ear_, POLLIN, 0};
    while (::poll(&poll, 1, heard.size() < expected ? 30000 : 20) == 1) {
      struct {
        ether_header ethernet;
        ether_arp arp;
        char padding[64];
      } __attribute__((packed)) frame{};
      EXPECT_GE(recv(ear_, &frame, sizeof frame, 0), static_cast<ssize_t>(sizeof frame) - 64);
      ether_arp arp{};
      std::memcpy(&arp, &frame.arp, sizeof arp);
      heard.push_back({macOf(frame.ethernet.ether_dhost), ntohs(arp.ea_hdr.ar_op),
                       macOf(arp.arp_sha), addressOf(arp.arp_spa), addressOf(arp.arp_tpa)});
    }
    return heard;
  }
  void announce(const host::InterfaceAddress& address) {
    const auto sent = announcer_->announce(address);
    ASSERT_TRUE(sent) << sent.error().message;
  }

  boost::asio::io_context io_;
  Peer neighbour_;
  int ear_ = -1;
  std::optional<Announcer> announcer_;
  const host::InterfaceAddress elastic_{"eth0", net::parseIpv4Address("192.0.2.7").value(), 32};
};

TEST_F(AnnounceTest, ARoundIsOneRequestAndOneReplyToAll) {
  announce(elastic_);
  const Heard request{"ff:ff:ff:ff:ff:ff", ARPOP_REQUEST, "02:00:00:00:00:01", "192.0.2.7",
                      "192.0.2.7"};
  auto reply = request;
  reply.operation = ARPOP_REPLY;
  EXPECT_EQ(listen(2), (std::vector{request, reply}));
}

TEST_F(AnnounceTest, ANeighbourThatKnewTheAddressElsewhereLearnsAtOnce) {
  neighbour_.output("ip neighbour add 192.0.2.7 lladdr 02:00:00:00:00:99 dev eth0 nud stale");
  announce(elastic_);
  neighbour_.output(
      "for i in $(seq 300); do ip neighbour show 192.0.2.7 | "
      "grep -q 02:00:00:00:00:01 && exit 0; sleep 0.1; done; exit 1");
}

TEST_F(AnnounceTest, ThereAreThreeRoundsInASecond) {
  const auto begin = steady_clock::now();
  announce(elastic_);
  EXPECT_EQ(listen(2).size(), 2U);
  io_.run_one();
  EXPECT_GE(steady_clock::now() - begin, milliseconds(300));
  EXPECT_EQ(listen(2).size(), 2U);
  io_.run();
  EXPECT_GE(steady_clock::now() - begin, milliseconds(1000));
  EXPECT_EQ(listen(2).size(), 2U);
}

TEST_F(AnnounceTest, AnAddressThatLeavesIsAnnouncedNoMore) {
  auto other = elastic_;
  other.address = other.address + 1;
  announce(elastic_);
  announce(other);
  EXPECT_EQ(listen(4).size(), 4U);
  announcer_->withdraw(elastic_);
  io_.run();
  const auto heard = listen(4);
  EXPECT_EQ(heard.size(), 4U);
  for (const auto& each : heard) EXPECT_EQ(each.sender, "192.0.2.8");
}

TEST_F(AnnounceTest, AnAddressThatComesBackIsAnnouncedThreeTimesAgain) {
  announce(elastic_);
  announcer_->withdraw(elastic_);
  announce(elastic_);
  EXPECT_EQ(listen(4).size(), 4U);
  io_.run();
  EXPECT_EQ(listen(4).size(), 4U);
}

TEST_F(AnnounceTest, ADeviceThatIsGoneIsAnErrorThatNamesIt) {
  const auto sent = announcer_->announce({"eth9", elastic_.address, 32});
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().message, ::testing::HasSubstr("eth9"));
}

TEST_F(AnnounceTest, ADeviceThatGoesBetweenTwoRoundsEndsThem) {
  announce(elastic_);
  output("ip link del eth0");
  io_.run();
}

TEST_F(AnnounceTest, ADeviceWithoutNeighboursNeedsNoAnnouncement) {
  announce({"lo", elastic_.address, 32});
}

/// A bridge with an instance's port and the wire, and the neighbour's bridge on its other end.
class AnnouncePortTest : public AnnounceTest {
 protected:
  void SetUp() override {
    AnnounceTest::SetUp();
    output("ip link add br0 type bridge && ip link set br0 up && ip link set eth0 master br0");
    output("ip link add vnet0 type veth peer name guest && ip link set guest up");
    output("ip link set vnet0 up master br0");
    neighbour_.output("ip link add br0 type bridge && ip link set br0 up");
    neighbour_.output("ip link set eth0 master br0");
    // Where the instance was before.
    output("bridge fdb replace d0:0d:00:00:00:01 dev eth0 master dynamic");
  }

  static std::string places() {
    return output("bridge fdb show br br0 | grep ^d0:0d:00:00:00:01 | cut -d ' ' -f 3");
  }
  void announcePort(const std::string& device) {
    const auto sent = announcer_->announce(
        PortAnnouncement{device, "br0", net::parseMacAddress("d0:0d:00:00:00:01").value()});
    ASSERT_TRUE(sent) << sent.error().message;
  }
  [[nodiscard]] std::string placesThere() const {
    std::string there;
    neighbour_.in([&] { there = places(); });
    return there;
  }
};

TEST_F(AnnouncePortTest, ThisBridgeAndTheOthersLearnWhereTheInstanceIs) {
  EXPECT_EQ(places(), "eth0\n");
  announcePort("vnet0");
  EXPECT_EQ(places(), "vnet0\n");
  EXPECT_EQ(placesThere(), "eth0\n");
}

TEST_F(AnnouncePortTest, ALostBroadcastIsMadeGood) {
  announcePort("vnet0");
  neighbour_.output("bridge fdb del d0:0d:00:00:00:01 dev eth0 master");
  io_.run();
  EXPECT_EQ(placesThere(), "eth0\n");
}

TEST_F(AnnouncePortTest, APortThatHasClosedIsAnnouncedNoMore) {
  announcePort("vnet0");
  announcer_->withdrawPort("vnet0");
  neighbour_.output("bridge fdb del d0:0d:00:00:00:01 dev eth0 master");
  io_.run();
  EXPECT_EQ(placesThere(), "");
}

TEST_F(AnnouncePortTest, ADeviceThatIsNoPortIsNotAnnounced) {
  output("ip link set vnet0 nomaster");
  announcePort("vnet0");
  announcePort("absent");
  EXPECT_EQ(places(), "eth0\n");
  EXPECT_EQ(placesThere(), "");
}

TEST_F(AnnouncePortTest, APortWithoutCarrierIsAnnouncedToTheOthers) {
  output("ip link set guest down");
  announcePort("vnet0");
  EXPECT_EQ(placesThere(), "eth0\n");
}

}  // namespace
}  // namespace netctl::kernel
