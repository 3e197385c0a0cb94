#pragma once

#include "modes/cloud/settings.h"
#include "modes/host/host_state.h"
#include "modes/render/renderer.h"

#include <cstdint>
#include <string>

/// What the modes with a DHCP server of ours have in common.
namespace netctl {

/// The network of all instances where groups have none of their own.
inline constexpr net::Tag kOnlyNetwork{net::Tag::kFirst};

/// A server on that interface, which may end with `*`, for networks with that netmask.
host::DhcpServer dhcpServer(const cloud::Settings& settings, net::Ipv4Address netmask,
                            std::string interface, std::uint32_t mtu);

/// Adds the hosts that it answers: every instance that is attached, and nobody else.
void addDhcpHosts(render::Renderers& renderers);

}  // namespace netctl
