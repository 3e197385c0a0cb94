#pragma once

#include "base/result.h"
#include "modes/net/listener.h"

#include <string_view>
#include <vector>

namespace netctl::kernel {

/// The sockets of this host that wait for others: TCP's that listen, and UDP's that no other side
/// is set for. In the network namespace of the process. One that is bound to all addresses of IPv6
/// counts as of IPv4 too, as it is unless its program has said otherwise.
Result<std::vector<net::Listener>> readListeners();

/// Those in the text of one of /proc/net/tcp, tcp6, udp and udp6 (the kernel's
/// Documentation/networking/proc_net_tcp.rst).
std::vector<net::Listener> listenersIn(std::string_view text, net::Protocol protocol);

}  // namespace netctl::kernel
