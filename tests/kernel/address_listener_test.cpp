// Frames at a port, through the filter in the kernel, to what is heard.
#include "netctl/kernel/learning/address_listener.h"

#include "tests/kernel/support/frames.h"
#include "tests/kernel/support/network_namespace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace netctl::kernel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kGuest = "d0:0d:00:00:00:01";
constexpr const char* kOther = "d0:0d:00:00:00:02";
constexpr const char* kServer = "02:00:00:00:00:fe";
constexpr const char* kAll = "ff:ff:ff:ff:ff:ff";
constexpr std::uint8_t kOffer = 2;
constexpr std::uint8_t kRequest = 3;
constexpr std::uint8_t kAck = 5;

Bytes wireMac(const std::string& text) {
  const auto& bytes = mac(text).bytes;
  return {bytes.begin(), bytes.end()};
}

/// A DHCP message of that type about a client.
Bytes dhcp(std::uint8_t type, const std::string& client, const std::string& offered,
           char transaction = 7) {
  Bytes bytes(240, '\0');
  bytes[0] = type == kRequest ? 1 : 2;
  bytes[1] = 1;
  bytes[2] = 6;
  bytes[7] = transaction;
  bytes.replace(16, 4, bytesOf(ip(offered)));
  bytes.replace(28, 6, wireMac(client));
  bytes.replace(236, 4, "\x63\x82\x53\x63");
  return bytes + Bytes{53, 1, static_cast<char>(type), static_cast<char>(255)};
}
Bytes question(char transaction = 7, const std::string& client = kGuest) {
  return ethernet(kAll, client, kTypeIpv4,
                  ipv4("0.0.0.0", "255.255.255.255",
                       udp(68, 67, dhcp(kRequest, client, "0.0.0.0", transaction)), {17}));
}
Bytes answer(std::uint8_t type, const std::string& offered, const std::string& client = kGuest,
             char transaction = 7, std::uint16_t source = 67, std::uint16_t fragment = 0) {
  return ethernet(
      client, kServer, kTypeIpv4,
      ipv4("192.168.1.1", offered, udp(source, 68, dhcp(type, client, offered, transaction)),
           {.protocol = 17, .fragment = fragment}));
}
Bytes claim(const std::string& sender, const std::string& source = kGuest,
            const std::string& sender_mac = kGuest) {
  return ethernet(kAll, source, kTypeArp,
                  arp({.sender_mac = sender_mac, .sender = sender, .target = "192.168.1.1"}));
}

/// The port `vnet0`, whose other end is the guest's `guest0`.
class AddressListenerTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    plug();
    listener_.emplace(io_, [this](const HeardAddress& heard) {
      heard_.push_back((heard.leased ? "lease " : "claim ") + net::format(heard.address) +
                       (heard.holder.empty() ? "" : " of " + heard.holder));
    });
  }
  void TearDown() override {
    listener_.reset();
    NetworkNamespace::TearDown();
  }

  static void plug() {
    output(
        "ip link add vnet0 type veth peer name guest0 && ip link set vnet0 up && "
        "ip link set guest0 up && "
        "sysctl -qw net.ipv6.conf.vnet0.disable_ipv6=1 net.ipv6.conf.guest0.disable_ipv6=1");
  }
  void listen(std::optional<net::Ipv4Address> known = {}) {
    listener_->take({.ports = {{"vnet0", LearningPort{mac(kGuest), known}}}});
  }
  /// What is heard when these were sent in this order, by the guest or to it, until nothing more is
  /// heard for so long: a busy kernel takes its time to deliver.
  std::vector<std::string> after(const std::vector<std::pair<bool, Bytes>>& frames,
                                 std::chrono::milliseconds quiet = std::chrono::milliseconds(200)) {
    const Wire guest("guest0");
    const Wire port("vnet0");
    for (const auto& [to_guest, frame] : frames) (to_guest ? port : guest).send(frame);
    heard_.clear();
    io_.restart();
    while (io_.run_one_for(quiet) > 0) continue;
    while (io_.poll() > 0) continue;
    return heard_;
  }
  static std::pair<bool, Bytes> from(Bytes frame) { return {false, std::move(frame)}; }
  static std::pair<bool, Bytes> to(Bytes frame) { return {true, std::move(frame)}; }

  boost::asio::io_context io_;
  std::optional<AddressListener> listener_;
  std::vector<std::string> heard_;
};

TEST_F(AddressListenerTest, HearsTheLeaseThatTheGuestAskedFor) {
  listen();
  EXPECT_THAT(
      after({from(question()), to(answer(kOffer, "192.168.1.7")), to(answer(kAck, "192.168.1.7"))}),
      ElementsAre("lease 192.168.1.7"));
  listen(ip("192.168.1.7"));
  EXPECT_THAT(after({from(question(8)), to(answer(kAck, "192.168.1.7", kGuest, 8))}), IsEmpty())
      << "a renewal is no news";
  EXPECT_THAT(after({from(question(9)), to(answer(kAck, "192.168.1.8", kGuest, 9))}),
              ElementsAre("lease 192.168.1.8"));
}

TEST_F(AddressListenerTest, BelievesNoLeaseThatIsNotTheGuests) {
  listen();
  EXPECT_THAT(after({to(answer(kAck, "192.168.1.7"))}), IsEmpty()) << "nobody asked";
  EXPECT_THAT(
      after({from(question()), to(answer(kAck, "192.168.1.7", kGuest, 8)),
             to(answer(kAck, "192.168.1.7", kOther)),
             to(answer(kAck, "192.168.1.7", kGuest, 7, 6767)),
             to(answer(kAck, "192.168.1.7", kGuest, 7, 67, 0x2000)), to(answer(kAck, "224.0.0.1")),
             to(answer(kAck, "0.0.0.0")), from(answer(kAck, "192.168.1.9"))}),
      IsEmpty());
}

TEST_F(AddressListenerTest, HearsWhatTheGuestClaimsByArp) {
  listen();
  EXPECT_THAT(after({from(claim("192.168.1.7"))}), ElementsAre("claim 192.168.1.7"));
  EXPECT_THAT(
      after({from(claim("0.0.0.0")), from(claim("169.254.3.4")),
             from(claim("192.168.1.7", kOther, kOther)), from(claim("192.168.1.7", kGuest, kOther)),
             from(claim("192.168.1.7", kOther, kGuest)), to(claim("192.168.1.7"))}),
      IsEmpty());
  listen(ip("192.168.1.7"));
  EXPECT_THAT(after({from(claim("192.168.1.7")), from(claim("192.168.1.9"))}),
              ElementsAre("claim 192.168.1.9"));
}

TEST_F(AddressListenerTest, TellsWhoseAddressItIs) {
  output(
      "ip link add wire type veth peer name world && ip link set wire up && "
      "ip link set world up && ip address add 192.168.1.2/24 dev wire && "
      "ip route add default via 192.168.1.3");
  listen();
  listener_->watchWires({"wire", "later"});
  Wire("world").send(claim("192.168.1.9", kOther, kOther));
  EXPECT_THAT(after({}), IsEmpty());
  EXPECT_THAT(after({from(claim("192.168.1.9")), from(claim("192.168.1.2")),
                     from(claim("192.168.1.3")), from(claim("192.168.1.7"))}),
              ElementsAre("claim 192.168.1.9 of d0:0d:00:00:00:02 on the wire",
                          "claim 192.168.1.2 of this host",
                          "claim 192.168.1.3 of this host's router", "claim 192.168.1.7"));
  // A lease may move what another machine had, and never what the host has.
  EXPECT_THAT(
      after({from(question()), to(answer(kAck, "192.168.1.9")), to(answer(kAck, "192.168.1.2"))}),
      ElementsAre("lease 192.168.1.9", "lease 192.168.1.2 of this host"));
}

TEST_F(AddressListenerTest, WaitsForTheDeviceAndFollowsItsSuccessor) {
  output("ip link del vnet0");
  listen();
  for (int life = 0; life < 2; ++life) {
    plug();
    listener_->deviceChanged("vnet0");
    EXPECT_THAT(after({from(claim("192.168.1.7"))}), ElementsAre("claim 192.168.1.7"));
    output("ip link set vnet0 down && ip link set vnet0 up && ip link set guest0 up");
    EXPECT_THAT(after({from(claim("192.168.1.7"))}), ElementsAre("claim 192.168.1.7"));
    output("ip link del vnet0");
    listener_->devicesChanged();
  }
}

TEST_F(AddressListenerTest, HearsNothingMoreOfAPortThatWasGivenUp) {
  listen();
  listener_->take({.ports = {{"vnet0", std::nullopt}}});
  EXPECT_THAT(after({from(claim("192.168.1.7"))}), IsEmpty());
  listen();
  listener_->take({.ports = {}, .complete = true});
  EXPECT_THAT(after({from(claim("192.168.1.7"))}), IsEmpty());
}

TEST_F(AddressListenerTest, AFloodIsReadNoFasterThanWeWill) {
  listen();
  std::vector<std::pair<bool, Bytes>> flood(2000, from(claim("192.168.1.7")));
  // Less than the pause that follows what is read at once.
  EXPECT_LE(after(flood, std::chrono::milliseconds(30)).size(), 64U);
}

}  // namespace
}  // namespace netctl::kernel
