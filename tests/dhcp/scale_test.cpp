#include "tests/dhcp/dhcp_fixture.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

// A thousand networks with a guest each, all on one wire.
namespace netctl::dhcp {
namespace {

constexpr std::uint16_t kNetworks = 1000;

/// Milliseconds that a call takes.
template <class Call>
double took(Call call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

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
  void report(const char* what, double milliseconds) {
    fmt::print("{}: {:.2f} ms\n", what, milliseconds);
    RecordProperty(what, fmt::format("{:.2f} ms", milliseconds));
  }
};

TEST_F(DhcpScale, AThousandNetworksAndGuests) {
  std::vector<host::SetDhcpNetwork> networks;
  std::vector<host::SetDhcpHost> hosts;
  for (std::uint32_t i = 0; i < kNetworks; ++i) {
    networks.push_back(network(tag(i)));
    hosts.push_back(hostStep(mac(i), guestAddress(i), tag(i)));
  }
  const auto filled = took([&] { put(hosts, networks); });
  report("1000 networks and 1000 hosts put at once", filled);

  const auto booted = took([&] {
    for (std::uint32_t i = 0; i < kNetworks; ++i) {
      const auto reply = client_->boot(mac(i));
      ASSERT_TRUE(reply) << i;
      ASSERT_EQ(net::format(reply->address), guestAddress(i));
      ASSERT_EQ(reply->addressOption(3), network(tag(i)).network->router);
    }
  });
  report("DISCOVER to ACK, each", booted / kNetworks);

  double added = 0;
  double first = 0;
  double removed = 0;
  constexpr int kRounds = 10;
  for (std::uint32_t i = 0; i < kRounds; ++i) {
    const auto guest = mac(kNetworks + i);
    added += took([&] { put({hostStep(guest, "10.1.0.20")}); });
    first += took([&] { ASSERT_TRUE(client_->discover(guest)); });
    removed += took([&] { put({removal(guest)}); });
    ASSERT_TRUE(client_->discover(mac(i)));
  }
  report("a host added to 1000", added / kRounds);
  report("its first DISCOVER to OFFER", first / kRounds);
  report("a host removed from 1000", removed / kRounds);
  report("a look at everything", took([&] { EXPECT_EQ(look().hosts.size(), kNetworks); }));

  for (auto& step : hosts) step = removal(step.mac);
  for (auto& step : networks) step.network.reset();
  report("all of them removed", took([&] { put(hosts, networks); }));
  EXPECT_TRUE(look().hosts.empty());
  EXPECT_FALSE(client_->discover(mac(7), WireClient::kSilence));
}

}  // namespace
}  // namespace netctl::dhcp
