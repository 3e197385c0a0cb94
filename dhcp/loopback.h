#pragma once

#include "dhcp/message.h"

#include <chrono>

namespace netctl::dhcp {

/// One question to the dnsmasq of this network namespace, by UDP from 127.0.0.1: Timeout without an
/// answer. It answers when it has read all its files. Where two run, either may be asked. It takes
/// the interface lo up, and neither D-Bus nor an address of a gateway.
Result<Answer> ask(net::Ipv4Address about, std::chrono::milliseconds patience);

}  // namespace netctl::dhcp
