#pragma once

#include "modes/host/describe.h"
#include "netctl/controller/status.h"

#include <boost/json/fwd.hpp>

#include <vector>

/// What the answers of all changes have in common.
namespace netctl::api {

/// `in_force` and `not_in_force`.
void addInForce(boost::json::object& result, const std::vector<controller::NotInForce>& left);
/// `problems`.
void addProblems(boost::json::object& result, const std::vector<controller::Problem>& problems);
/// `steps`.
boost::json::object showPlan(const std::vector<host::StepDescription>& steps);

}  // namespace netctl::api
