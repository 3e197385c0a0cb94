#pragma once

#include "modes/cloud/cloud.h"

#include <map>
#include <optional>
#include <string>

/// SYSTEM: the ports at which this host listens for the addresses of their instances.
/// cloud::LearnAddress takes what was heard.
namespace netctl {

/// A port of this host whose instance's address is to be learned.
struct LearningPort {
  net::MacAddress mac;                        ///< of the instance
  std::optional<net::Ipv4Address> address{};  ///< what is known already

  bool operator==(const LearningPort&) const = default;
};
struct LearningNews {
  std::map<std::string, std::optional<LearningPort>> ports;  ///< by device; absent: no more
  bool complete = false;                                     ///< there are no others
};

/// What an instance's port gave away.
struct HeardAddress {
  std::string device;
  net::Ipv4Address address;
  bool leased = false;  ///< by a DHCP acknowledgement; else by the instance's own word
  /// Who has it, so that the instance must not; empty: nobody is known.
  std::string holder = {};
};

/// All ports that this host is to listen at: none in the modes that give addresses.
LearningNews learningPorts(const cloud::Cloud& cloud);
/// What becomes of them; `cloud` is as after the changes.
LearningNews learningPorts(const cloud::Cloud& cloud, const cloud::Changes& changes);

}  // namespace netctl
