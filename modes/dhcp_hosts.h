#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/host_state.h"
#include "modes/mode.h"

#include <string>

/// What the modes with a DHCP server of ours have in common.
namespace netctl {

/// The network of all instances where groups have none of their own.
inline constexpr net::Tag kOnlyNetwork{net::Tag::kFirst};

/// A server on that interface, which may end with `*`, for networks with that netmask.
host::DhcpServer dhcpServer(const cloud::Settings& settings, net::Ipv4Address netmask,
                            std::string interface, const HostFacts& facts);

/// Every instance that is attached is a host, and nobody else.
void addDhcpHosts(const cloud::Cloud& cloud, host::HostState& state);
/// Adds the hosts that the changes may have touched.
void addTouchedDhcpHosts(const cloud::Cloud& cloud, const cloud::Changes& changes,
                         host::Rendering& rendering);

}  // namespace netctl
