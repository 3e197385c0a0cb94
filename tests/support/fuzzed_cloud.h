#pragma once

#include "modes/cloud/cloud.h"

#include <cstdint>
#include <cstdlib>

/// What the fuzz targets share that run commands.
namespace netctl::fuzz {

/// Ends the program, which the fuzzer reports with its input.
inline void require(bool promise) {
  if (!promise) std::abort();
}

/// MANAGED-NOVLAN with the accounts alice (000000000001) and bob (000000000002), and nothing else.
inline cloud::Cloud makeCloud() {
  cloud::Settings settings;
  settings.mode = cloud::NetworkMode::ManagedNoVlan;
  settings.host.role = cloud::Role::All;
  settings.host.node_name = "n1";
  settings.plan.subnet = net::parseIpv4Prefix("192.168.0.0/16").value();
  for (std::uint16_t tag = 2; tag < 100; ++tag) settings.plan.tags.push_back({tag});
  settings.pool.add({net::parseIpv4Address("203.0.113.10").value(),
                     net::parseIpv4Address("203.0.113.20").value()});
  cloud::Cloud cloud(settings);
  cloud.put(cloud::Account{{"000000000001"}, "alice"});
  cloud.put(cloud::Account{{"000000000002"}, "bob"});
  (void)cloud.takeChanges();
  return cloud;
}

}  // namespace netctl::fuzz
