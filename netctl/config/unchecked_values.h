#pragma once

#include "netctl/config/configuration.h"
#include "netctl/config/values.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace netctl::config {

/// A configuration in the making: what the keys say one by one, before it is checked together.
/// A member without a value is not set, or is set to something that was refused.
struct UncheckedValues {
  cloud::Settings settings;
  ServiceSettings services;

  std::optional<cloud::NetworkMode> mode = cloud::NetworkMode::System;
  std::optional<cloud::Role> role = cloud::Role::Cluster;

  std::optional<net::Ipv4Address> subnet;
  std::optional<net::Ipv4Address> netmask;  ///< its ones come before its zeros
  std::optional<std::uint32_t> network_size;
  std::optional<std::uint32_t> cluster_index = 0;
  std::optional<std::uint32_t> clusters = 1;
  std::optional<TagSet> tags;

  std::optional<net::Ipv4Address> broadcast;
  std::optional<net::Ipv4Address> router;
  std::vector<MapItem> mac_map;

  std::optional<net::Ipv4Address> cloud_address;

  bool ec2_from_instances = false;

  std::optional<std::filesystem::path> socket;
  std::optional<std::filesystem::path> tls_ca;
  std::optional<std::filesystem::path> tls_cert;
  std::optional<std::filesystem::path> tls_key;
};

/// Checks what several keys say together, and what the mode and role need; completes the settings.
void checkTogether(UncheckedValues& values, Findings& findings);

}  // namespace netctl::config
