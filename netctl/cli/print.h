#pragma once

#include "netctl/api/method.h"

#include <boost/json/value.hpp>

#include <string>

namespace netctl::cli {

/// A method's result for people: a table of what a describe lists, lines of names and values of all
/// else.
std::string forPeople(const api::Method& method, const boost::json::value& result);

/// A refusal for people: what is wrong and what to do, every fault on a line of its own.
std::string refusal(const boost::json::value& error);

/// A value in one cell: lists joined by commas, null as `-`.
std::string cell(const boost::json::value& value);

}  // namespace netctl::cli
