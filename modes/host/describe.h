#pragma once

#include "modes/host/plan.h"

#include <vector>

namespace netctl::host {

/// A step may touch several objects: one line each.
std::vector<StepDescription> describe(const Step& step);
std::vector<StepDescription> describe(const Plan& plan);

}  // namespace netctl::host
