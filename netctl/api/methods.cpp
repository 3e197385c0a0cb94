#include "netctl/api/methods.h"

#include <algorithm>

namespace netctl::api {

std::string_view format(ParameterType type) {
  using enum ParameterType;
  switch (type) {
    case String:
      return "string";
    case Number:
      return "number";
    case Boolean:
      return "boolean";
    case Strings:
      return "list of strings";
    case Numbers:
      return "list of numbers";
    case StringMap:
      return "object of strings";
    case Bytes:
      return "string in base64";
    case Permissions:
      return "list of permissions";
    case SourceGroups:
      return "list of groups";
  }
  return "";
}

const Parameter* Method::parameter(std::string_view parameter_name) const {
  const auto found = std::ranges::find(parameters, parameter_name, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

const Method* findMethod(std::string_view name) {
  const auto found = std::ranges::find(methods(), name, &Method::name);
  return found == methods().end() ? nullptr : &*found;
}

}  // namespace netctl::api
