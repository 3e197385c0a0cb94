#include "tests/dhcp/dhcp_fixture.h"

#include <atomic>
#include <thread>

// What instances get from dnsmasq, and what they don't.
namespace netctl::dhcp {
namespace {

class DhcpAnswers : public DhcpTest {
 protected:
  void SetUp() override {
    DhcpTest::SetUp();
    start();
    put({hostStep(mac(1), "10.1.0.9", 2), hostStep(mac(2), "10.1.0.41", 3)},
        {network(2), network(3)});
  }
  /// dnsmasq answers a renewal to the address itself: this host must know the MAC.
  void know(const net::MacAddress& mac, const std::string& address) {
    output("ip neighbour replace " + address + " lladdr " + net::format(mac) + " dev br0");
  }
};

TEST_F(DhcpAnswers, AHostGetsItsAddressAndTheOptionsOfItsNetwork) {
  const auto first = client_->boot(mac(1));
  ASSERT_TRUE(first);
  EXPECT_EQ(net::format(first->address), "10.1.0.9");
  EXPECT_EQ(net::format(first->addressOption(1)), "255.255.255.224");
  EXPECT_EQ(net::format(first->addressOption(3)), "10.1.0.1");
  EXPECT_FALSE(first->options.contains(28)) << "dnsmasq knows none that is right";
  EXPECT_EQ(net::format(first->addressOption(6)), "192.0.2.53");
  EXPECT_EQ(first->option(12), "ip-10-1-0-9");
  EXPECT_EQ(first->option(15), "eucalyptus.internal");
  EXPECT_EQ(first->addressOption(51).value, 86400U);
  EXPECT_FALSE(first->options.contains(26)) << "an MTU of 1500 is not sent";
  EXPECT_FALSE(first->options.contains(kGenerationOption)) << "that is for this host alone";

  const auto second = client_->boot(mac(2));
  ASSERT_TRUE(second);
  EXPECT_EQ(net::format(second->address), "10.1.0.41");
  EXPECT_EQ(net::format(second->addressOption(3)), "10.1.0.33");
  EXPECT_EQ(net::format(second->addressOption(1)), "255.255.255.224");
  EXPECT_FALSE(second->options.contains(28));
}

TEST_F(DhcpAnswers, OneNetworkForAllHasABroadcastAddress) {
  auto one_network = server();
  one_network.netmask = one_network.range.netmask();
  start(one_network);
  const auto reply = client_->boot(mac(1));
  ASSERT_TRUE(reply);
  EXPECT_EQ(net::format(reply->addressOption(1)), "255.255.0.0");
  EXPECT_EQ(net::format(reply->addressOption(3)), "10.1.0.1");
  EXPECT_EQ(net::format(reply->addressOption(28)), "10.1.255.255");
}

TEST_F(DhcpAnswers, AnotherMtuIsSentUnasked) {
  auto narrow = server();
  narrow.mtu = 1450;
  start(narrow);
  const auto reply = client_->boot(mac(1));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->option(26), std::string("\x05\xaa"));
}

TEST_F(DhcpAnswers, AStrangerGetsNothingAndNoRefusalEither) {
  const auto silence = WireClient::kSilence;
  const auto stranger = mac(99);
  know(stranger, "10.1.0.20");
  EXPECT_FALSE(client_->discover(stranger, silence));
  EXPECT_FALSE(client_->request(stranger, address("10.1.0.20"), address("10.1.0.1"), silence));
  EXPECT_FALSE(client_->request(stranger, address("10.9.0.20"), address("10.9.0.1"), silence))
      << "it answers the offer of another server on this wire";
  EXPECT_FALSE(client_->reboot(stranger, address("10.1.0.20"), silence));
  EXPECT_FALSE(client_->reboot(stranger, address("192.168.1.20"), silence));
  EXPECT_FALSE(client_->rebind(stranger, address("10.1.0.20"), silence));
  EXPECT_FALSE(client_->inform(stranger, address("10.1.0.20"), silence));
  EXPECT_FALSE(
      client_->renew(stranger, address("10.1.0.20"), address("10.1.0.1"), bridgeMac(), silence));
  EXPECT_TRUE(client_->boot(mac(1))) << "the others are still served";
}

TEST_F(DhcpAnswers, AForeignOfferIsRefusedToOurOwn) {
  const auto reply = client_->request(mac(1), address("10.9.0.20"), address("10.9.0.1"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->type, kNak);
}

TEST_F(DhcpAnswers, OneMacWithAnotherClientIdIsTheSameHost) {
  ASSERT_TRUE(client_->boot(mac(1), "pxe"));
  const auto again = client_->boot(mac(1), "the system");
  ASSERT_TRUE(again);
  EXPECT_EQ(net::format(again->address), "10.1.0.9");
  ASSERT_TRUE(client_->boot(mac(1)));
}

TEST_F(DhcpAnswers, RenewalIsAcknowledgedWithAndWithoutALease) {
  know(mac(1), "10.1.0.9");
  for (int i = 0; i < 2; ++i) {
    const auto renewed =
        client_->renew(mac(1), address("10.1.0.9"), address("10.1.0.1"), bridgeMac());
    ASSERT_TRUE(renewed);
    EXPECT_EQ(renewed->type, kAck);
    const auto rebound = client_->rebind(mac(1), address("10.1.0.9"));
    ASSERT_TRUE(rebound);
    EXPECT_EQ(rebound->type, kAck);
    const auto rebooted = client_->reboot(mac(1), address("10.1.0.9"));
    ASSERT_TRUE(rebooted);
    EXPECT_EQ(rebooted->type, kAck);
    ASSERT_TRUE(client_->boot(mac(1)));
  }
}

TEST_F(DhcpAnswers, ANewHostIsAnsweredAtItsFirstDiscoverOneThousandTimes) {
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const auto text = net::format(address("10.1.4.0") + i);
    put({hostStep(mac(1000 + i), text)});
    const auto offer = client_->discover(mac(1000 + i));
    ASSERT_TRUE(offer) << "host " << i;
    EXPECT_EQ(net::format(offer->address), text);
  }
}

TEST_F(DhcpAnswers, ANewNetworkIsServedAtOnce) {
  for (std::uint16_t tag = 100; tag < 200; ++tag) {
    const auto step = network(tag);
    const auto text = net::format(subnet(tag).first() + 9);
    put({hostStep(mac(tag), text, tag)}, {step});
    const auto offer = client_->discover(mac(tag));
    ASSERT_TRUE(offer);
    EXPECT_EQ(offer->addressOption(3), step.network->router);
    EXPECT_EQ(net::format(offer->addressOption(1)), "255.255.255.224");
  }
}

TEST_F(DhcpAnswers, WhatComesAndGoesLeavesTheOthersServed) {
  std::atomic<bool> done{false};
  std::atomic<int> asked{0};
  std::atomic<int> answered{0};
  std::atomic<int> repeated{0};
  know(mac(2), "10.1.0.41");
  WireClient other{"guest"};
  std::thread renewing([&] {
    while (!done) {
      ++asked;
      // As any client does: what is unanswered is asked once more. A question may be with the
      // process that is being replaced.
      auto reply = other.rebind(mac(2), address("10.1.0.41"));
      if (!reply) {
        ++repeated;
        reply = other.rebind(mac(2), address("10.1.0.41"));
      }
      if (reply && reply->type == kAck) ++answered;
    }
  });
  for (std::uint32_t i = 0; i < 100; ++i) {
    const auto tag = static_cast<std::uint16_t>(100 + i);
    put({hostStep(mac(tag), net::format(subnet(tag).first() + 9), tag)}, {network(tag)});
    if (i % 4 == 3) put({removal(mac(tag))}, {{.tag = {tag}, .network = std::nullopt}});
  }
  done = true;
  renewing.join();
  EXPECT_GT(asked, 50);
  EXPECT_EQ(asked, answered);
  EXPECT_LE(repeated, 3);
}

TEST_F(DhcpAnswers, AGatewayThatComesLaterIsServed) {
  output("ip address flush dev br0");
  EXPECT_FALSE(client_->discover(mac(1), WireClient::kSilence)) << "no address, no service";
  output("ip address add 10.1.0.1/27 dev br0");
  EXPECT_TRUE(client_->boot(mac(1)));
  const auto other = client_->boot(mac(2));
  ASSERT_TRUE(other) << "any gateway serves all networks of the wire";
  EXPECT_EQ(net::format(other->addressOption(3)), "10.1.0.33");
}

TEST_F(DhcpAnswers, ABridgeThatIsMadeAnewIsServed) {
  output(
      "ip link delete br0 && ip link add br0 type bridge && ip link set br0 up && "
      "ip address add 10.1.0.1/27 dev br0 && ip link set port master br0");
  EXPECT_TRUE(client_->boot(mac(1)));
}

TEST_F(DhcpAnswers, AnInterfaceOutsideTheListIsNotServed) {
  output(
      "ip link add port2 type veth peer name guest2 && ip link set port2 up && "
      "ip link set guest2 up && ip address add 10.1.0.65/27 dev port2");
  WireClient outside{"guest2"};
  EXPECT_FALSE(outside.discover(mac(1), WireClient::kSilence));
}

}  // namespace
}  // namespace netctl::dhcp
