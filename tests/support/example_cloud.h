#pragma once

#include "modes/cloud/commands.h"

#include <string_view>

/// A small cloud for tests, and short ways to write its values. Wrong texts throw.
namespace netctl::testing {

/// MANAGED-NOVLAN, 10.0.0.0/24 in networks of 16, so that 15 networks of 6 hosts; tags 2..9; the
/// pool is 198.51.100.1 to 198.51.100.8.
cloud::Settings smallSettings();
/// As the file that Eucalyptus ships suggests: 192.168.0.0/16 in networks of 32, all tags, 200
/// public addresses.
cloud::Settings usualSettings();

net::Ipv4Address address(std::string_view text);
net::Ipv4Prefix prefix(std::string_view text);
net::MacAddress mac(std::string_view text);
cloud::InstanceId instance(std::string_view text);

}  // namespace netctl::testing
