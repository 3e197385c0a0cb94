#pragma once

#include "netctl/api/method.h"

#include <boost/json/value.hpp>

#include <string>

namespace netctl::cli {

/// Of a table: those that people look for, or all that the daemon tells.
enum class Columns { Usual, All };

/// A method's result for people: a describe gives a table of its list, all others give lines of
/// names and values.
std::string answerText(const api::Method& method, const boost::json::value& result,
                       Columns columns = Columns::Usual);

/// A refusal for people: the message and its reason, then every fault on a line of its own.
std::string refusalText(const boost::json::value& error);

/// A value in one cell: lists joined by commas, null as `-`.
std::string cell(const boost::json::value& value);

}  // namespace netctl::cli
