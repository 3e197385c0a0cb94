// DHCP replies leave with a checksum, by the devices that were named, and nothing else is touched.

#include "netctl/kernel/nft/dhcp_checksums.h"

#include "tests/kernel/support/peer.h"

#include <gmock/gmock.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace netctl::kernel {
namespace {

using host::InterfaceMatch;
using host::Scope;
using ::testing::HasSubstr;
using ::testing::Not;

Scope everything() {
  Scope scope;
  scope.everything = true;
  return scope;
}

class DhcpChecksumsTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    auto opened = DhcpChecksums::open();
    ASSERT_TRUE(opened) << opened.error().message;
    checksums_ = std::move(*opened);
  }
  void TearDown() override {
    checksums_.reset();
    NetworkNamespace::TearDown();
  }

  std::optional<InterfaceMatch> look(const Scope& scope = everything()) {
    host::HostState state;
    const auto looked = checksums_->look(scope, state);
    EXPECT_TRUE(looked) << looked.error().message;
    is_foreign_ = state.foreign.dhcp_checksums;
    return state.dhcp_checksums;
  }
  void apply(std::optional<InterfaceMatch> out) {
    const auto done = checksums_->apply({std::move(out)});
    EXPECT_TRUE(done) << done.error().message;
  }

  std::optional<DhcpChecksums> checksums_;
  bool is_foreign_ = false;  ///< at the last look
};

TEST_F(DhcpChecksumsTest, AreThereAsTheyWereMade) {
  EXPECT_EQ(look(), std::nullopt);
  apply(InterfaceMatch{"eucabr+"});
  EXPECT_EQ(look(), InterfaceMatch{"eucabr+"});
  apply(InterfaceMatch{"br0"});
  EXPECT_EQ(look(), InterfaceMatch{"br0"});
  Scope scope;
  EXPECT_EQ(look(scope), std::nullopt);
  scope.dhcp_checksums = true;
  EXPECT_EQ(look(scope), InterfaceMatch{"br0"});
  apply({});
  EXPECT_EQ(look(), std::nullopt);
  EXPECT_EQ(output("nft list ruleset"), "");
  apply({});
  EXPECT_EQ(output("nft list ruleset"), "");
}

TEST_F(DhcpChecksumsTest, SetUpNoTableOfIptables) {
  apply(InterfaceMatch{"br0"});
  EXPECT_THAT(output("cat /proc/thread-self/net/ip_tables_names"), Not(HasSubstr("mangle")));
}

TEST_F(DhcpChecksumsTest, StandAsIptablesNftHasThem) {
  apply(InterfaceMatch{"br+"});
  EXPECT_THAT(
      output("iptables-nft -t mangle -S"),
      HasSubstr("-A OUTPUT -o br+ -p udp -m udp --sport 67 -m comment --comment \"netctl 1 br+\" "
                "-j CHECKSUM --checksum-fill"));
  // And it can write there.
  output("iptables-nft -t mangle -A OUTPUT -p tcp -j MARK --set-mark 7");
  output("iptables-nft -t mangle -P OUTPUT DROP");
  EXPECT_EQ(look(), InterfaceMatch{"br+"});
}

TEST_F(DhcpChecksumsTest, LeaveWhatIsOfOthers) {
  output("iptables-nft -t mangle -A OUTPUT -p tcp -j MARK --set-mark 7");
  output("iptables-nft -t mangle -P OUTPUT DROP");
  const auto before = output("iptables-nft -t mangle -S");
  EXPECT_EQ(look(), std::nullopt);
  apply(InterfaceMatch{"br0"});
  EXPECT_NE(output("iptables-nft -t mangle -S"), before);
  apply({});
  EXPECT_EQ(output("iptables-nft -t mangle -S"), before);

  // Where the last of their rules has gone, their policy stays, and so does another chain.
  output("iptables-nft -t mangle -F OUTPUT; iptables-nft -t mangle -N THEIRS");
  apply(InterfaceMatch{"br0"});
  apply({});
  EXPECT_THAT(output("iptables-nft -t mangle -S"), HasSubstr("-P OUTPUT DROP"));
  output("iptables-nft -t mangle -P OUTPUT ACCEPT");
  apply(InterfaceMatch{"br0"});
  apply({});
  EXPECT_THAT(output("nft list table ip mangle"), HasSubstr("chain THEIRS"));
}

TEST_F(DhcpChecksumsTest, AreSeenWhereSomebodyChangedThem) {
  apply(InterfaceMatch{"br0"});
  output("nft flush chain ip mangle OUTPUT");
  EXPECT_EQ(look(), std::nullopt);
  output("nft 'add rule ip mangle OUTPUT udp sport 67 accept comment \"netctl 0 br0\"'");
  EXPECT_TRUE(look() && is_foreign_);
  apply(InterfaceMatch{"br0"});
  EXPECT_EQ(look(), InterfaceMatch{"br0"});
  EXPECT_FALSE(is_foreign_);
  output("nft 'add rule ip mangle OUTPUT udp sport 67 accept comment \"netctl 1 br0\"'");
  EXPECT_TRUE(look() && is_foreign_);
  apply(InterfaceMatch{"br0"});
  EXPECT_EQ(look(), InterfaceMatch{"br0"});
  EXPECT_THAT(output("nft list ruleset"), Not(HasSubstr("accept comment")));
}

TEST_F(DhcpChecksumsTest, TellWhatIsInTheWay) {
  output("nft 'add table ip mangle; add chain ip mangle OUTPUT'");
  const auto done = checksums_->apply({InterfaceMatch{"br0"}});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("table ip mangle"));
  EXPECT_EQ(look(), std::nullopt);
}

/// A wire to somebody who sees each packet as a guest's DHCP client does.
class DhcpWire {
 public:
  DhcpWire() {
    output("ip link add v0 type veth peer name v1 netns " + peer_.path());
    output("ip addr add 192.0.2.1/24 dev v0; ip link set v0 up");
    output("ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 nud permanent dev v0");
    peer_.output("ip link set v1 up");
    peer_.in([this] {
      socket_ = ::socket(AF_PACKET, SOCK_RAW, htons(ETHERTYPE_IP));
      sockaddr_ll where{};
      where.sll_family = AF_PACKET;
      where.sll_protocol = htons(ETHERTYPE_IP);
      where.sll_ifindex = static_cast<int>(::if_nametoindex("v1"));
      EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
      const int yes = 1;
      EXPECT_EQ(::setsockopt(socket_, SOL_PACKET, PACKET_AUXDATA, &yes, sizeof yes), 0);
      const timeval patience{30, 0};
      EXPECT_EQ(::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    });
  }
  ~DhcpWire() { ::close(socket_); }
  DhcpWire(const DhcpWire&) = delete;
  DhcpWire& operator=(const DhcpWire&) = delete;

  /// Sends from this port of the host; true where the packet comes with a checksum that is right.
  bool hasChecksum(std::uint16_t from) {
    send(from);
    std::array<unsigned char, 256> frame{};
    std::array<char, 256> control{};
    iovec part{frame.data(), frame.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto size = ::recvmsg(socket_, &message, 0);
    EXPECT_GT(size, static_cast<ssize_t>(kUdp + sizeof(udphdr)));
    tpacket_auxdata data{};
    for (auto* each = CMSG_FIRSTHDR(&message); each != nullptr;
         each = CMSG_NXTHDR(&message, each)) {
      if (each->cmsg_type == PACKET_AUXDATA) std::memcpy(&data, CMSG_DATA(each), sizeof data);
    }
    const bool ready = (data.tp_status & TP_STATUS_CSUMNOTREADY) == 0;
    EXPECT_EQ(ready, isRight({frame.begin(), frame.begin() + size}));
    return ready;
  }

 private:
  static constexpr std::size_t kIp = sizeof(ether_header);
  static constexpr std::size_t kUdp = kIp + sizeof(iphdr);

  static void send(std::uint16_t from) {
    const int sender = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in own{AF_INET, htons(from), {htonl(0xc0000201)}, {}};
    EXPECT_EQ(::bind(sender, reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
    sockaddr_in to{AF_INET, htons(68), {htonl(0xc0000202)}, {}};
    EXPECT_EQ(::sendto(sender, "hello", 5, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to),
              5);
    ::close(sender);
  }

  /// RFC 768: over both addresses, the protocol, the length and the datagram.
  static bool isRight(const std::vector<unsigned char>& frame) {
    std::uint32_t sum = IPPROTO_UDP;
    const std::size_t length = frame[kUdp + 4] * 256U + frame[kUdp + 5];
    sum += static_cast<std::uint32_t>(length);
    for (std::size_t i = kUdp - 8; i < kUdp + length; ++i) {
      sum += i % 2 == 0 ? frame[i] * 256U : frame[i];
    }
    while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
    return sum == 0xffff;
  }

  Peer peer_;
  int socket_ = -1;
};

TEST_F(DhcpChecksumsTest, ComeWithTheRepliesThatLeaveByTheNamedDevices) {
  DhcpWire wire;
  EXPECT_FALSE(wire.hasChecksum(67));
  apply(InterfaceMatch{"v0"});
  EXPECT_TRUE(wire.hasChecksum(67));
  EXPECT_FALSE(wire.hasChecksum(69));
  apply(InterfaceMatch{"v+"});
  EXPECT_TRUE(wire.hasChecksum(67));
  apply(InterfaceMatch{"v"});
  EXPECT_FALSE(wire.hasChecksum(67));
  apply(InterfaceMatch{"w+"});
  EXPECT_FALSE(wire.hasChecksum(67));
}

}  // namespace
}  // namespace netctl::kernel
