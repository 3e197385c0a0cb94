#pragma once

#include "base/result.h"
#include "modes/host/plan.h"

#include <span>
#include <vector>

namespace netctl::host {

/// A step that the host refused, or that was held back, and why.
struct FailedStep {
  Step step;
  Error error;
};

/// Who can carry out steps: a host, real or in memory. It decides nothing about their order.
class StepRunner {
 public:
  virtual ~StepRunner() = default;

  virtual Result<void> run(const Step& step) = 0;
  /// Steps that cost less together (Bearing::together). One result for each.
  virtual std::vector<Result<void>> runTogether(std::span<const Step> steps);
};

/// Carries out the steps of a plan in order and gives those that failed. All else is done, but for
/// what would open something: after a failed guard, set or table no port opens and no address is
/// added.
std::vector<FailedStep> execute(const Plan& plan, StepRunner& runner);

}  // namespace netctl::host
