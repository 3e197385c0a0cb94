#pragma once

#include "modes/host/plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace netctl::host {

/// One line of a plan, for people and programs.
struct StepDescription {
  std::string_view phase;
  std::string_view action;  ///< `add`, `remove` or `change`
  std::string object;  ///< `set nc_allow`, `chain filter NC_IN`, `address br0 10.0.0.1/27`, ...
  std::string detail;

  bool operator==(const StepDescription&) const = default;
};

/// A step may touch several objects: one line each.
std::vector<StepDescription> describe(const Step& step);
std::vector<StepDescription> describe(const Plan& plan);

}  // namespace netctl::host
