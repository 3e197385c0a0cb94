#include "netctl/controller/side_look.h"

#include <time.h>

#include <utility>

namespace netctl::controller {
namespace {

std::chrono::nanoseconds processorTime() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

Findings SideLook::carryOut(host::AreaReader& reader) const {
  const auto begin = processorTime();
  Findings findings{.areas = areas};
  if (const auto observed = reader.look(areas); observed) {
    auto desired = mode->render(*cloud);
    rename(renamed, desired);
    auto plan = host::diff(host::only(std::move(desired.desired), areas), *observed);
    std::erase_if(plan.steps, [&](const host::Step& step) {
      const auto* open = std::get_if<host::OpenPort>(&step.action);
      return (open != nullptr && awaited.contains(open->device)) ||
             host::scopeOf({{step}}).overlaps(known);
    });
    findings.differing = host::areasOf(host::scopeOf(plan));
  } else {
    findings.error = observed.error();
  }
  findings.cost = processorTime() - begin;
  return findings;
}

}  // namespace netctl::controller
