#include "modes/host/plan.h"

#include "modes/host/kinds.h"

namespace netctl::host {

bool Step::operator==(const Step&) const = default;
bool Plan::operator==(const Plan&) const = default;

Plan diff(const HostState& desired, const HostState& observed) {
  return {diff<Kinds>(desired, observed)};
}

Scope scopeOf(const Plan& plan) {
  Scope scope;
  for (const auto& step : plan.steps) addTouched<Kinds>(step, scope);
  return scope;
}

void carryOut(const Step& step, HostState& state) {
  carryOut<Kinds>(step, state);
}

HostState restrict(const HostState& state, const Scope& scope) {
  return restrict<Kinds>(state, scope);
}

}  // namespace netctl::host
