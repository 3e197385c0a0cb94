#pragma once

#include "modes/net/tag.h"

#include <string>

namespace netctl::firewall {

/// The interface of the cluster host by which its instances' packets come in.
struct InstanceInterface {
  /// A name; or a pattern with `+` at its end, as iptables has them: `+` stands for the tag of a
  /// network that has an interface of its own.
  std::string pattern;

  /// Packets of all networks come in by it, and those of whoever else is on that wire.
  [[nodiscard]] bool isShared() const { return !pattern.ends_with('+'); }
  /// Where the packets of one network's instances come in, and where its gateway address stands.
  [[nodiscard]] std::string ofNetwork(net::Tag network) const {
    if (isShared()) return pattern;
    return pattern.substr(0, pattern.size() - 1) + std::to_string(network.value);
  }
};

}  // namespace netctl::firewall
