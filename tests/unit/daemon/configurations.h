#pragma once

#include "netctl/config/configuration.h"
#include "netctl/config/host_check.h"
#include "tests/support/example_cloud.h"

#include <gtest/gtest.h>

#include <string>

namespace netctl::daemon::test {

/// A single machine in MANAGED-NOVLAN; lines that come first count.
inline std::string allInOne(const std::string& lines = {}) {
  return lines +
         "VNET_MODE=MANAGED-NOVLAN\nNETCTL_ROLE=all\nNETCTL_NODE_NAME=n1\nVNET_BRIDGE=br0\n"
         "VNET_PRIVINTERFACE=br0\nVNET_PUBINTERFACE=eth1\nVNET_SUBNET=10.5.0.0\n"
         "VNET_NETMASK=255.255.0.0\nVNET_ADDRSPERNET=32\nVNET_DNS=8.8.8.8\n"
         "VNET_PUBLICIPS=203.0.113.10-203.0.113.60\n";
}

/// A node host of MANAGED-NOVLAN, whose file knows nothing of the address plan.
inline std::string nodeHost(const std::string& lines = {}) {
  return lines +
         "VNET_MODE=MANAGED-NOVLAN\nNETCTL_ROLE=node\nNETCTL_NODE_NAME=n1\nVNET_BRIDGE=br0\n"
         "VNET_PRIVINTERFACE=br0\nNETCTL_CLUSTER=192.0.2.1:8443\n";
}

inline config::Loaded parsed(const std::string& text) {
  return config::parse({{"test.conf", text}, {}, false, "host1"});
}

inline config::Configuration sound(const std::string& text) {
  const auto loaded = parsed(text);
  for (const auto& problem : loaded.problems) {
    EXPECT_NE(problem.severity, config::Severity::Error) << config::format(problem);
  }
  return loaded.configuration.value();
}

inline net::Ipv4Address address(std::string_view text) {
  return net::parseIpv4Address(text).value();
}

/// eth0 is a port of br0, which has 10.0.0.2; eth1 has 203.0.113.5.
inline config::HostNetwork network() {
  return {{{"br0", true, "", 1450, {}},
           {"eth0", false, "br0", 1500, {}},
           {"eth1", false, "", 1500, {}}},
          {{"br0", address("10.0.0.2")}, {"eth1", address("203.0.113.5")}}};
}

/// What a cluster prescribes to the node host above: an address plan that its file does not know.
inline cloud::PartSettings prescribed() {
  cloud::PartSettings settings{.mode = cloud::NetworkMode::ManagedNoVlan, .zone = "z7"};
  settings.plan = {{address("10.9.0.0"), 16}, 64, 0, 1, {}};
  settings.mac_prefix = net::parseMacPrefix("d0:0d").value();
  settings.region = "r7";
  return settings;
}

}  // namespace netctl::daemon::test
