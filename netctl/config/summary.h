#pragma once

#include "netctl/config/configuration.h"

#include <cstdint>
#include <optional>
#include <string>

namespace netctl::config {

/// One network of the plan, worked out.
struct NetworkExample {
  std::uint32_t tag = 0;
  std::string subnet;
  std::string gateway;     ///< of this cluster
  std::string first_host;  ///< of the addresses that this cluster hands out by itself
  std::string last_host;
};

/// The numbers that follow from the address plan of a managed mode.
struct PlanSummary {
  std::string subnet;
  std::uint32_t network_size = 0;
  std::uint32_t networks = 0;  ///< that NETCTL_TAGS leaves
  std::uint32_t hosts_per_group = 0;
  std::uint32_t hosts_per_cluster = 0;  ///< those of a group that this cluster hands out by itself
  std::uint32_t cluster_index = 0;
  std::uint32_t clusters = 0;
  std::uint64_t public_addresses = 0;
  NetworkExample first;
  NetworkExample last;
};

/// The numbers that follow from the map of STATIC.
struct MapSummary {
  std::string subnet;
  std::string router;
  std::size_t pairs = 0;
};

/// A configuration in a few numbers, for `netctl config check`.
struct Summary {
  std::string mode;
  std::string role;
  std::string node_name;
  std::optional<PlanSummary> plan;  ///< in the managed modes, on the cluster host
  std::optional<MapSummary> map;    ///< in STATIC, on the cluster host
};

Summary summary(const Configuration& configuration);
/// A few aligned lines for people.
std::string format(const Summary& summary);

}  // namespace netctl::config
