#pragma once

#include <string>

namespace netctl::cli {

/// What `netctl setup` is told of a cloud on this host. The texts are as somebody typed them: the
/// configuration's own check says what is wrong with them.
struct SetupAnswers {
  std::string mode = "MANAGED-NOVLAN";  ///< SYSTEM, MANAGED or MANAGED-NOVLAN
  std::string role = "all";             ///< cluster, node or all
  std::string bridge;                   ///< that instances are plugged into; not in MANAGED
  std::string private_interface;        ///< towards the instances of other hosts
  std::string public_interface;         ///< towards the clients
  std::string subnet = "172.16.0.0/16";
  std::string addresses = "32";  ///< of each security group
  std::string pool;              ///< public addresses; may be empty
  std::string dns;               ///< the name server that instances are told
};

/// The configuration, with a comment at each key.
std::string configurationText(const SetupAnswers& answers);

}  // namespace netctl::cli
