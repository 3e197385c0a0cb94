#pragma once

#include "modes/cloud/settings.h"
#include "modes/host/rule.h"

/// How instances get to their metadata: 169.254.169.254, port 80 (the address that EC2 has for it).
///
/// The address stands on the host's loopback device, so that the host answers for it on every wire
/// of its instances, and netctl-metadata listens there. With an endpoint of its own the cloud's
/// rules lead there instead, and the endpoint sees who asks.
namespace netctl::firewall {

inline constexpr net::Ipv4Address kMetadataAddress{0xa9fea9feU};
inline constexpr std::uint16_t kMetadataPort = 80;

/// Matches instances' requests for metadata once they have been led there: in the filter table and
/// in POSTROUTING.
host::Rule metadataRequest(const cloud::Settings& settings);

/// The chain that leads requests to the endpoint: those of instances only, since the host itself
/// may have metadata of its own at that address. Empty where there is no endpoint.
host::Chain metadataRedirect(const cloud::Settings& settings,
                             const std::string& instance_interface);

}  // namespace netctl::firewall
