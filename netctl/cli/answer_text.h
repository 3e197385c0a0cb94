#pragma once

#include "netctl/api/method.h"
#include "netctl/cli/terminal.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace netctl::cli {

/// Of a table: those that people look for, or all that the daemon tells.
enum class Columns { Usual, All };

/// A method's result for people: a describe gives a table of its list, all others give lines of
/// names and values.
std::string answerText(const api::Method& method, const boost::json::value& result,
                       Columns columns = Columns::Usual, const Look& look = {});

/// A value in one cell: lists joined by commas, null as `-`.
std::string cell(const boost::json::value& value);
/// That of a member; empty where there is none.
std::string cell(const boost::json::object& object, std::string_view key);

}  // namespace netctl::cli
