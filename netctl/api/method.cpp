#include "netctl/api/method.h"

#include "modes/cloud/text_rules.h"
#include "netctl/api/fields.h"
#include "netctl/api/nouns.h"
#include "netctl/api/request.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <iterator>

namespace netctl::api {
namespace {

std::vector<Method> makeMethods() {
  std::vector<Method> all;
  for (auto* const of_noun : {accountMethods, keyPairMethods, prefixListMethods, groupMethods,
                              addressMethods, forwardMethods, instanceMethods, networkMethods,
                              nodeMethods, systemMethods, eventMethods, usageMethods}) {
    std::ranges::move(of_noun(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

const Parameter* Method::parameter(std::string_view parameter_name) const {
  const auto found = std::ranges::find(parameters, parameter_name, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

const std::vector<Method>& methods() {
  static const std::vector<Method> all = makeMethods();
  return all;
}

const Method* findMethod(std::string_view name) {
  const auto found = std::ranges::find(methods(), name, &Method::name);
  return found == methods().end() ? nullptr : &*found;
}

Result<Request> readRequest(const Method& method, const boost::json::value& parameters) {
  cloud::Faults faults;
  const auto* const object = parameters.if_object();
  if (object == nullptr) {
    faults.add(
        "", cloud::invalid(fmt::format("the parameters are {}; write an object of names and values",
                                       shown(parameters))));
    return faults.error();
  }
  const Fields fields(*object, method.parameters, "", faults);
  auto request = method.action.read()(fields);
  if (!faults.empty()) return faults.error();
  return request;
}

}  // namespace netctl::api
