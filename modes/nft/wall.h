#pragma once

#include "modes/net/address.h"

#include <string>

namespace netctl::nft {

/// The second wall, as chains of our table `ip netctl`: the first packet of a flow that goes to or
/// comes from an instance, and that nobody admitted (host::kAdmittedLabel), is dropped, whatever
/// iptables has become. `subnet` is that of all instances.
///
/// Here, too, an instance is held (the set `held`): no flow that it begins gets an entry, nor one
/// that comes to it from outside. What it has goes on, and what it asks the host itself for, as
/// DHCP and metadata, is not held.
///
/// They are nat chains, which see the first packet of a flow and no other, so that an established
/// packet costs nothing; the kernel makes no entry for a packet that they drop. They stand before
/// all others of their hooks, since the kernel asks no further nat chain once one has translated.
std::string wallChains(const net::Ipv4Prefix& subnet);

/// Before all of that, on a wire that others share: a flow from an instance's address begins with
/// its MAC, too (the set `senders`), or it is dropped. Such a packet is asked once for each flow.
std::string senderChain(const net::Ipv4Prefix& subnet, const std::string& shared_wire);

}  // namespace netctl::nft
