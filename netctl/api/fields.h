#pragma once

#include "base/result.h"
#include "netctl/api/parameter.h"
#include "netctl/json/fields.h"

#include <string>
#include <string_view>
#include <vector>

namespace netctl::api {

using netctl::json::shown;

/// The parameters of a request, checked against the table of its method.
class Fields : public netctl::json::Fields {
 public:
  Fields(const boost::json::object& object, const std::vector<Parameter>& table, std::string path,
         cloud::Faults& faults);
};

/// The text itself where `check` is content with it.
inline auto checked(Result<void> (*check)(std::string_view)) {
  return [check](std::string_view text) -> Result<std::string> {
    if (const auto right = check(text); !right) return right.error();
    return std::string(text);
  };
}

}  // namespace netctl::api
