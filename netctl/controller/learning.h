#pragma once

#include "modes/cloud/cloud.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>

/// SYSTEM: what the controller and who listens at the ports say to each other. What is heard is
/// taken by cloud::LearnAddress.
namespace netctl::controller {

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
};

/// All ports that this host is to listen at: none in the modes that give addresses.
LearningNews learningPorts(const cloud::Cloud& cloud);
/// What becomes of them; `cloud` is as after the changes.
LearningNews learningPorts(const cloud::Cloud& cloud, const cloud::Changes& changes);

/// Which refused claims are worth an event: one of an instance in a minute, since a guest may make
/// them as fast as it likes.
class ClaimEvents {
 public:
  bool isDue(const cloud::InstanceId& instance, std::chrono::steady_clock::time_point now);

 private:
  std::map<cloud::InstanceId, std::chrono::steady_clock::time_point> last_;
};

}  // namespace netctl::controller
