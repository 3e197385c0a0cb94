#pragma once

#include "modes/cloud/objects.h"

#include <chrono>
#include <map>

namespace netctl::controller {

/// Which refused claims are worth an event: one of an instance in a minute, since a guest may make
/// them as fast as it likes.
class ClaimEvents {
 public:
  bool isDue(const cloud::InstanceId& instance, std::chrono::steady_clock::time_point now);

 private:
  std::map<cloud::InstanceId, std::chrono::steady_clock::time_point> last_;
};

}  // namespace netctl::controller
