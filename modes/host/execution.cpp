#include "modes/host/execution.h"

#include "modes/host/kinds.h"

namespace netctl::host {

std::vector<Result<void>> StepRunner::runTogether(std::span<const Step> steps) {
  std::vector<Result<void>> results;
  results.reserve(steps.size());
  for (const auto& step : steps) results.push_back(run(step));
  return results;
}

std::vector<FailedStep> execute(const Plan& plan, StepRunner& runner) {
  const auto failures = execute<Kinds>(plan.steps, [&](std::span<const Step> steps) {
    if (steps.size() == 1) return std::vector<Result<void>>{runner.run(steps.front())};
    return runner.runTogether(steps);
  });
  std::vector<FailedStep> failed;
  failed.reserve(failures.size());
  for (const auto& [step, error] : failures) failed.push_back({plan.steps[step], error});
  return failed;
}

}  // namespace netctl::host
