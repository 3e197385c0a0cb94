#pragma once

#include "netctl/api/methods.h"
#include "netctl/json/fields.h"

#include <string>
#include <vector>

namespace netctl::api {

using json::shown;

/// The parameters of a request, checked against the table of its method.
class Fields : public json::Fields {
 public:
  Fields(const boost::json::object& object, const std::vector<Parameter>& table, std::string path,
         cloud::Faults& faults);
};

}  // namespace netctl::api
