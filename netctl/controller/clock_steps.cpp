#include "netctl/controller/clock_steps.h"

#include <fmt/core.h>

#include <utility>

namespace netctl::controller {
namespace {

std::chrono::nanoseconds apart(ClockSteps::Wall wall, ClockSteps::Steady steady) {
  return wall.time_since_epoch() - steady.time_since_epoch();
}

}  // namespace

ClockSteps::ClockSteps(Wall wall, Steady steady) : apart_(apart(wall, steady)) {}

std::optional<std::string> ClockSteps::seen(Wall wall, Steady steady) {
  const auto before = std::exchange(apart_, apart(wall, steady));
  if (std::chrono::abs(apart_ - before) < kLeast) return std::nullopt;
  const auto moved = std::chrono::round<std::chrono::seconds>(apart_ - before).count();
  return fmt::format("was set {} by {} s", moved < 0 ? "back" : "forward",
                     moved < 0 ? -moved : moved);
}

}  // namespace netctl::controller
