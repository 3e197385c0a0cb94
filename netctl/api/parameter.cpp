#include "netctl/api/parameter.h"

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

}  // namespace netctl::api
