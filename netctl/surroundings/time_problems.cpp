#include "netctl/surroundings/problems.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace netctl::surroundings {
namespace {

constexpr std::chrono::hours kSoon{30 * 24};

}  // namespace

Problems timeProblems(bool clock_is_synchronised, const std::vector<Certificate>& certificates,
                      const Place& place, std::chrono::system_clock::time_point now) {
  Problems problems;
  if (!clock_is_synchronised && place.needs_the_time) {
    problems.push_back({"clock", "is not synchronised",
                        "signatures of EC2 requests and certificates are checked by a time that "
                        "may be wrong",
                        "run an NTP client, as chrony or systemd-timesyncd",
                        controller::Severity::notice});
  }
  for (const auto& one : certificates) {
    if (one.ends - now >= kSoon) continue;
    const bool ended = one.ends <= now;
    problems.push_back(
        {fmt::format("certificate {}", one.path), ended ? "has ended" : "ends within 30 days",
         fmt::format("{} names it; {} {:%Y-%m-%d %H:%M} UTC nobody accepts it", one.key,
                     ended ? "since" : "from",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(one.ends))),
         "renew it (netctl pki renew on the cluster host, or as you made this one), put it in "
         "place, and type netctl reload",
         ended ? controller::Severity::error : controller::Severity::warning});
  }
  return problems;
}

}  // namespace netctl::surroundings
