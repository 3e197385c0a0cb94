#include "netctl/controller/reconciler.h"

#include "netctl/controller/stopwatch.h"

#include <algorithm>
#include <utility>

namespace netctl::controller {

Result<host::HostState> Reconciler::look(const host::Scope& scope) {
  const Stopwatch stopwatch(metrics_.look);
  return host_.look(scope);
}

host::Plan Reconciler::compare(const host::HostState& desired, const host::HostState& observed) {
  const Stopwatch stopwatch(metrics_.diff);
  return host::diff(desired, observed);
}

Result<host::Plan> Reconciler::plan(const host::Rendering& rendering) {
  auto observed = look(rendering.scope);
  if (!observed) return observed.error();
  return compare(rendering.desired, *observed);
}

Result<host::Plan> Reconciler::planChange(const host::Rendering& rendering) {
  const bool only_chains = !rendering.scope.everything && !rendering.scope.chains.empty() &&
                           rendering.scope.chain_families.empty() && rendering.scope.jumps.empty();
  if (!only_chains) return plan(rendering);
  auto scope = rendering.scope;
  const auto chains = std::exchange(scope.chains, {});
  auto observed = look(scope);
  if (!observed) return observed.error();
  for (const auto& chain : chains) observed->chains[chain] = {};
  observed->foreign.chains = chains;
  return compare(rendering.desired, *observed);
}

Result<Pass> Reconciler::bring(host::Rendering rendering,
                               const std::function<host::Rendering()>& everything) {
  auto planned = planChange(rendering);
  if (!planned) return planned.error();
  // It would make or end something of which only parts were asked for: a set from some of its
  // members, or a table of nft's from some of its elements.
  if (!rendering.scope.covers(host::scopeOf(*planned))) return bring(everything(), everything);
  return carryOut({std::move(rendering), std::move(*planned), {}});
}

Result<Pass> Reconciler::bring(host::HostState desired, const host::Areas& areas,
                               const std::set<std::string>& awaited) {
  auto observed = [&] {
    const Stopwatch stopwatch(metrics_.look);
    return host_.lookAtAll(areas);
  }();
  if (!observed) return observed.error();
  for (const auto& device : awaited) {
    if (!observed->ports.contains(device)) desired.ports.erase(device);
  }
  auto plan = compare(desired, *observed);
  auto scope = host::namesOf(desired);
  scope.merge(host::scopeOf(plan));
  return carryOut({{std::move(desired), std::move(scope)}, std::move(plan), {}});
}

Pass Reconciler::carryOut(Pass pass) {
  if (hold_) std::erase_if(pass.plan.steps, hold_);
  if (pass.plan.empty()) return pass;
  {
    const Stopwatch stopwatch(metrics_.apply);
    pass.failed = host_.apply(pass.plan);
  }
  metrics_.steps += pass.plan.steps.size();

  const Stopwatch stopwatch(metrics_.verify);
  const auto touched = host::scopeOf(pass.plan);
  const auto second = host_.look(touched);
  const auto left =
      second ? host::diff(host::restrict(pass.rendering.desired, touched), *second) : pass.plan;
  for (const auto& step : left.steps) {
    const bool known = std::any_of(pass.failed.begin(), pass.failed.end(), [&](const auto& failed) {
      return host::scopeOf({{failed.step}}).overlaps(host::scopeOf({{step}}));
    });
    if (known || std::holds_alternative<host::Announce>(step.action)) continue;
    pass.failed.push_back(
        {step, second ? Error{ErrorCode::Verification, "",
                              "was written, but the second look did not find it; it is tried again"}
                      : second.error()});
  }
  metrics_.steps_failed += pass.failed.size();
  return pass;
}

}  // namespace netctl::controller
