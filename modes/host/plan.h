#pragma once

#include "modes/host/host_state.h"

#include <vector>

namespace netctl::host {

/// One of the steps that the kinds make (HostKinds).
using Action = ActionOf<HostKinds>;

struct Step {
  Phase phase = Phase::Sysctls;
  Action action;

  bool operator==(const Step&) const;
};

/// Steps in the order of their phases.
struct Plan {
  std::vector<Step> steps;

  [[nodiscard]] bool empty() const { return steps.empty(); }
  bool operator==(const Plan&) const;
};

/// The steps that lead from observed to desired. Both are of one scope: an object that is only
/// observed goes. Equal states give an empty plan. Ports, when gone from desired, are closed and
/// never deleted.
Plan diff(const HostState& desired, const HostState& observed);

/// The parts of a host that a plan touches: what the second look reads.
Scope scopeOf(const Plan& plan);

/// What a step makes of a state where nothing refuses it: its objects are as we write them.
void carryOut(const Step& step, HostState& state);

/// The part of a state that a scope names.
HostState restrict(const HostState& state, const Scope& scope);

}  // namespace netctl::host
