#include "netctl/controller/fights.h"

#include "modes/host/describe.h"

#include <algorithm>
#include <utility>

namespace netctl::controller {

std::vector<std::string> Fights::repaired(const host::Step& step, Clock::time_point now) {
  forgetOld(now);
  std::vector<std::string> begun;
  for (const auto& line : host::describe(step)) {
    auto& object = objects_[line.object];
    if (object.bursts.empty() || object.bursts.back() + kBurst <= now) {
      object.bursts.push_back(now);
      object.repairs = 0;
    }
    ++object.repairs;
    const bool goes_on = object.is_fight;
    object.is_fight |= object.bursts.size() >= kBursts;
    if (!object.is_fight && object.repairs < kRepairs) continue;
    object.held_until = now + (object.is_fight ? kSlowed : kBurst);
    object.is_due = true;
    if (object.is_fight && !goes_on) begun.push_back(line.object);
  }
  return begun;
}

bool Fights::isHeld(const host::Step& step, Clock::time_point now) const {
  const auto lines = host::describe(step);
  return !lines.empty() && std::ranges::all_of(lines, [&](const auto& line) {
    const auto object = objects_.find(line.object);
    return object != objects_.end() && object->second.held_until &&
           now < *object->second.held_until;
  });
}

bool Fights::takeDue(Clock::time_point now) {
  // Here, too: where the other program lets go, nothing is repaired any more.
  forgetOld(now);
  bool due = false;
  for (auto& [name, object] : objects_) {
    if (object.held_until && *object.held_until <= now && std::exchange(object.is_due, false)) {
      due = true;
    }
  }
  return due;
}

std::vector<Problem> Fights::problems() const {
  std::vector<Problem> problems;
  for (const auto& [name, object] : objects_) {
    if (!object.is_fight) continue;
    problems.push_back({.object = name,
                        .what = "another program changes it as often as it is repaired",
                        .consequence = "it is as that program wants it most of the time",
                        .remedy = "find that program, and have it leave this alone",
                        .severity = Severity::error});
  }
  return problems;
}

void Fights::forgetOld(Clock::time_point now) {
  for (auto& [name, object] : objects_) {
    while (!object.bursts.empty() && object.bursts.front() + kWithin < now) {
      object.bursts.pop_front();
    }
    // Left alone for as long as it was slowed: the other program has given up.
    if (object.held_until && *object.held_until + kSlowed < now) {
      object.held_until.reset();
      object.is_fight = false;
    }
  }
  std::erase_if(objects_, [](const auto& entry) {
    return entry.second.bursts.empty() && !entry.second.held_until;
  });
}

}  // namespace netctl::controller
