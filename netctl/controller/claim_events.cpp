#include "netctl/controller/claim_events.h"

namespace netctl::controller {

bool ClaimEvents::isDue(const cloud::InstanceId& instance,
                        std::chrono::steady_clock::time_point now) {
  constexpr std::chrono::minutes kPause{1};
  std::erase_if(last_, [&](const auto& entry) { return now - entry.second >= kPause; });
  return last_.emplace(instance, now).second;
}

}  // namespace netctl::controller
