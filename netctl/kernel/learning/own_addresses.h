#pragma once

#include "base/result.h"
#include "modes/net/address.h"

#include <set>
#include <string_view>

namespace netctl::kernel {

/// The IPv4 addresses of this host.
Result<std::set<net::Ipv4Address>> ownAddresses();
/// The routers of this host's routes.
Result<std::set<net::Ipv4Address>> ownRouters();
/// The same of a text as /proc/net/route has it (proc(5)). Pure.
std::set<net::Ipv4Address> parseRouters(std::string_view routes);

}  // namespace netctl::kernel
