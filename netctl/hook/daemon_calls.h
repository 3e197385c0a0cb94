#pragma once

#include "base/result.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <string_view>

namespace netctl::hook {

/// Calls a method of netctld. An error of code Timeout: there was no answer. Any other is a
/// refusal, with the reason as the RPC has it (`InvalidInstanceID.NotFound`).
using Call = std::function<Result<boost::json::value>(std::string_view method,
                                                      const boost::json::object& parameters)>;

}  // namespace netctl::hook
