#include "tests/dhcp/dhcp_fixture.h"

#include <fstream>

// A thousand networks with a guest each, all on one wire.
namespace netctl::dhcp {
namespace {

constexpr std::uint16_t kNetworks = 1000;

class DhcpScale : public DhcpTest {
 protected:
  void SetUp() override {
    DhcpTest::SetUp();
    std::ofstream batch(directory() + "-batch");
    for (std::uint16_t i = 2; i < kNetworks; ++i) {
      batch << "address add " << net::format(network(tag(i)).network->router) << "/27 dev br0\n";
    }
    batch.close();
    output("ip -batch " + directory() + "-batch");
    start();
  }
  static std::uint16_t tag(std::uint32_t i) { return static_cast<std::uint16_t>(i + 2); }
  [[nodiscard]] std::string guestAddress(std::uint32_t i) const {
    return net::format(subnet(tag(i)).first() + 9);
  }
};

TEST_F(DhcpScale, AThousandNetworksAndGuests) {
  std::vector<host::SetDhcpNetwork> networks;
  std::vector<host::SetDhcpHost> hosts;
  for (std::uint32_t i = 0; i < kNetworks; ++i) {
    networks.push_back(network(tag(i)));
    hosts.push_back(hostStep(mac(i), guestAddress(i), tag(i)));
  }
  put(hosts, networks);
  for (std::uint32_t i = 0; i < kNetworks; ++i) {
    const auto reply = client_->boot(mac(i));
    ASSERT_TRUE(reply) << i;
    ASSERT_EQ(net::format(reply->address), guestAddress(i));
    ASSERT_EQ(reply->addressOption(3), network(tag(i)).network->router);
  }

  for (std::uint32_t i = 0; i < 10; ++i) {
    const auto guest = mac(kNetworks + i);
    put({hostStep(guest, "10.1.0.20")});
    ASSERT_TRUE(client_->discover(guest));
    put({removal(guest)});
    ASSERT_TRUE(client_->discover(mac(i)));
  }
  EXPECT_EQ(look().hosts.size(), kNetworks);

  for (auto& step : hosts) step = removal(step.mac);
  for (auto& step : networks) step.network.reset();
  put(hosts, networks);
  EXPECT_TRUE(look().hosts.empty());
  EXPECT_FALSE(client_->discover(mac(7), WireClient::kSilence));
}

}  // namespace
}  // namespace netctl::dhcp
