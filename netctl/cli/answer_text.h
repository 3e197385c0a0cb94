#pragma once

#include "netctl/api/method.h"

#include <boost/json/value.hpp>

#include <string>

namespace netctl::cli {

/// A method's result for people: a describe gives a table of its list, all others give lines of
/// names and values.
std::string answerText(const api::Method& method, const boost::json::value& result);

/// A refusal for people: the message and its reason, then every fault on a line of its own.
std::string refusalText(const boost::json::value& error);

/// A value in one cell: lists joined by commas, null as `-`.
std::string cell(const boost::json::value& value);

}  // namespace netctl::cli
