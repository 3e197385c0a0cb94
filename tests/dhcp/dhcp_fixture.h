#pragma once

#include "dhcp/dnsmasq.h"
#include "tests/dhcp/wire_client.h"
#include "tests/kernel/support/network_namespace.h"

#include <memory>
#include <string>

namespace netctl::dhcp {

using kernel::exitCode;
using kernel::output;

net::Ipv4Address address(std::string_view text);
net::Ipv4Prefix prefix(std::string_view text);
/// The n-th guest's MAC.
net::MacAddress mac(std::uint32_t n);
host::SetDhcpHost hostStep(const net::MacAddress& mac, std::string_view address,
                           std::uint16_t tag = 2);
host::SetDhcpHost removal(const net::MacAddress& mac);

/// A bridge br0 with the gateways 10.1.0.1/27 (network 2) and 10.1.0.33/27 (network 3), a port of
/// it whose other end is the device `guest`, and a dnsmasq for it.
class DhcpTest : public kernel::NetworkNamespace {
 protected:
  void SetUp() override;
  void TearDown() override;

  [[nodiscard]] host::DhcpServer server() const;
  [[nodiscard]] net::Ipv4Prefix subnet(std::uint16_t tag) const;
  [[nodiscard]] host::SetDhcpNetwork network(std::uint16_t tag) const;
  [[nodiscard]] std::string directory() const { return root_ + "/dhcp"; }
  [[nodiscard]] net::MacAddress bridgeMac() const;
  /// A second object on the same directory, as the next daemon has it.
  [[nodiscard]] std::unique_ptr<Dnsmasq> another() const;

  /// All that run from this directory.
  [[nodiscard]] std::vector<Process> running() const;

  void start(const host::DhcpServer& server);
  void start() { start(server()); }
  void put(std::vector<host::SetDhcpHost> hosts,
           std::vector<host::SetDhcpNetwork> networks = {}) const;
  [[nodiscard]] host::Dhcp look() const;

  std::unique_ptr<Dnsmasq> dnsmasq_;
  std::unique_ptr<WireClient> client_;

 private:
  std::string root_;
};

}  // namespace netctl::dhcp
