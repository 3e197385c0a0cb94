#include "netctl/api/in_force.h"

#include <boost/json.hpp>

namespace netctl::api {

namespace json = boost::json;

void addInForce(json::object& result, const std::vector<controller::NotInForce>& left) {
  json::array array;
  for (const auto& part : left) {
    array.push_back(json::object{
        {"object", part.object}, {"reason", part.reason}, {"retryable", part.retryable}});
  }
  result["in_force"] = left.empty();
  result["not_in_force"] = std::move(array);
}

void addProblems(json::object& result, const std::vector<controller::Problem>& problems) {
  json::array array;
  for (const auto& problem : problems) {
    array.push_back(json::object{{"object", problem.object},
                                 {"what", problem.what},
                                 {"consequence", problem.consequence},
                                 {"remedy", problem.remedy},
                                 {"severity", controller::format(problem.severity)}});
  }
  result["problems"] = std::move(array);
}

json::object showPlan(const std::vector<host::StepDescription>& steps) {
  json::array array;
  for (const auto& step : steps) {
    array.push_back(json::object{{"phase", step.phase},
                                 {"action", step.action},
                                 {"object", step.object},
                                 {"detail", step.detail}});
  }
  return {{"steps", std::move(array)}};
}

}  // namespace netctl::api
