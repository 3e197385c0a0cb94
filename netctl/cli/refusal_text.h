#pragma once

#include "netctl/api/method.h"

#include <boost/json/value.hpp>

#include <string>

namespace netctl::cli {

/// A refusal for people, in the words of the command line: what is wrong, each once and by the
/// option that it was given by, and the reason. `method` is the one that was called.
std::string refusalText(const boost::json::value& error, const api::Method& method);

}  // namespace netctl::cli
