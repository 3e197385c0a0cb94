#include "base/file.h"
#include "tests/dhcp/dhcp_fixture.h"

#include <atomic>
#include <thread>

// What goes is never answered again, and its address is free at once.
namespace netctl::dhcp {
namespace {

class DhcpRemoval : public DhcpTest {
 protected:
  void SetUp() override {
    DhcpTest::SetUp();
    start();
    put({hostStep(mac(1), "10.1.0.9")}, {network(2)});
    ASSERT_TRUE(client_->boot(mac(1)));
  }
};

TEST_F(DhcpRemoval, AnAddressBootsItsNextOwnerAtTheFirstDiscoverWhileTheFormerOneRenews) {
  output("ip neighbour replace 10.1.0.9 lladdr " + net::format(mac(1)) + " dev br0");
  for (std::uint32_t i = 1; i <= 50; ++i) {
    const auto former = mac(i);
    const auto next = mac(i + 1);
    std::atomic<bool> removed{false};
    std::atomic<bool> done{false};
    std::atomic<int> late_answers{0};
    WireClient other{"guest"};
    std::thread renewing([&] {
      while (!done) {
        const bool after = removed;
        const auto reply = other.rebind(former, address("10.1.0.9"), WireClient::Patience{20});
        if (reply && after) ++late_answers;
      }
    });
    put({removal(former)});
    removed = true;
    put({hostStep(next, "10.1.0.9")});
    const auto offer = client_->discover(next);
    std::optional<Reply> reply;
    if (offer) reply = client_->request(next, offer->address, offer->addressOption(54));
    done = true;
    renewing.join();
    ASSERT_TRUE(offer) << "owner " << i;
    EXPECT_EQ(net::format(offer->address), "10.1.0.9");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->type, kAck);
    EXPECT_EQ(late_answers, 0) << "owner " << i;
  }
}

TEST_F(DhcpRemoval, OneCallGivesTheAddressFromOneToTheOther) {
  put({removal(mac(1)), hostStep(mac(2), "10.1.0.9")});
  const auto reply = client_->boot(mac(2));
  ASSERT_TRUE(reply);
  EXPECT_EQ(net::format(reply->address), "10.1.0.9");
  EXPECT_FALSE(client_->discover(mac(1), WireClient::kSilence));
}

TEST_F(DhcpRemoval, AChangedAddressIsFreeAndTheNewOneIsServed) {
  put({hostStep(mac(1), "10.1.0.10")});
  put({hostStep(mac(2), "10.1.0.9")});
  const auto other = client_->boot(mac(2));
  ASSERT_TRUE(other);
  EXPECT_EQ(net::format(other->address), "10.1.0.9");
  output("ip neighbour replace 10.1.0.9 lladdr " + net::format(mac(1)) + " dev br0");
  const auto renewed = client_->rebind(mac(1), address("10.1.0.9"));
  EXPECT_TRUE(!renewed || renewed->type == kNak);
  const auto reply = client_->boot(mac(1));
  ASSERT_TRUE(reply);
  EXPECT_EQ(net::format(reply->address), "10.1.0.10");
}

TEST_F(DhcpRemoval, TwoHostsSwapTheirAddresses) {
  put({hostStep(mac(2), "10.1.0.10")});
  ASSERT_TRUE(client_->boot(mac(2)));
  put({hostStep(mac(1), "10.1.0.10"), hostStep(mac(2), "10.1.0.9")});
  const auto first = client_->boot(mac(1));
  const auto second = client_->boot(mac(2));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(net::format(first->address), "10.1.0.10");
  EXPECT_EQ(net::format(second->address), "10.1.0.9");
}

TEST_F(DhcpRemoval, AChangedNetworkGivesItsNewOptions) {
  auto changed = network(2);
  changed.network->router = address("10.1.0.2");
  put({}, {changed});
  const auto reply = client_->boot(mac(1));
  ASSERT_TRUE(reply);
  EXPECT_EQ(net::format(reply->addressOption(3)), "10.1.0.2");
}

TEST_F(DhcpRemoval, NeedsNoGatewayAddress) {
  output("ip address flush dev br0");
  put({removal(mac(1))});
  output("ip address add 10.1.0.1/27 dev br0");
  put({hostStep(mac(2), "10.1.0.9")});
  EXPECT_TRUE(client_->boot(mac(2)));
}

TEST_F(DhcpRemoval, OnlyWhatGoesTakesANewProcess) {
  const auto pid = dnsmasq_->pid();
  put({hostStep(mac(2), "10.1.0.10"), hostStep(mac(3), "10.1.0.42", 3)}, {network(3)});
  put({hostStep(mac(2), "10.1.0.10")}, {network(3)});
  EXPECT_EQ(dnsmasq_->pid(), pid);
  put({removal(mac(2)), removal(mac(3)), hostStep(mac(4), "10.1.0.10")},
      {{.tag = {3}, .network = std::nullopt}});
  EXPECT_NE(dnsmasq_->pid(), pid);
  EXPECT_EQ(running().size(), 1U);
  EXPECT_TRUE(client_->boot(mac(4)));
  EXPECT_TRUE(client_->boot(mac(1)));
}

TEST_F(DhcpRemoval, AHostThatWasServedIsForgottenManyTimesOver) {
  for (std::uint32_t i = 0; i < 20; ++i) {
    put({hostStep(mac(100 + i), "10.1.0.20")});
    ASSERT_TRUE(client_->boot(mac(100 + i)));
    put({removal(mac(100 + i))});
    ASSERT_FALSE(client_->discover(mac(100 + i), WireClient::Patience{20}));
  }
}

TEST_F(DhcpRemoval, WhatAKilledDaemonLeftHalfDoneIsSeenAndMended) {
  // As if it had been killed between the removal of the file and the new process.
  output("touch " + directory() + "/unsettled && rm " + directory() + "/hosts/*");
  dnsmasq_ = another();
  EXPECT_TRUE(client_->discover(mac(1))) << "the old process knows it still";
  EXPECT_NE(look().server, server());
  start();
  EXPECT_EQ(look().server, server());
  put({hostStep(mac(2), "10.1.0.9")});
  EXPECT_TRUE(client_->boot(mac(2)));
  EXPECT_FALSE(client_->discover(mac(1), WireClient::kSilence));
}

TEST_F(DhcpRemoval, WhatFailedIsDoneWhenItIsRepeated) {
  output("touch " + directory() + "/unsettled && rm " + directory() + "/hosts/*");
  put({removal(mac(1))});
  EXPECT_EQ(look().server, server());
  EXPECT_FALSE(client_->discover(mac(1), WireClient::kSilence));
}

TEST_F(DhcpRemoval, RepeatingIsNoChange) {
  put({removal(mac(1))}, {{.tag = {2}, .network = std::nullopt}});
  const auto log = *files::read(directory() + "/dnsmasq.log");
  put({removal(mac(1)), removal(mac(7))}, {{.tag = {2}, .network = std::nullopt}});
  EXPECT_EQ(*files::read(directory() + "/dnsmasq.log"), log);
  EXPECT_TRUE(look().hosts.empty());
  EXPECT_TRUE(look().networks.empty());
}

}  // namespace
}  // namespace netctl::dhcp
