#include "modes/host/describe.h"

#include "modes/host/kinds.h"

namespace netctl::host {

std::vector<StepDescription> describe(const Step& step) {
  std::vector<StepDescription> lines;
  describe<Kinds>(step, lines);
  return lines;
}

std::vector<StepDescription> describe(const Plan& plan) {
  std::vector<StepDescription> lines;
  for (const auto& step : plan.steps) describe<Kinds>(step, lines);
  return lines;
}

}  // namespace netctl::host
