#pragma once

#include <boost/json/object.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What a shell offers where somebody presses Tab: `netctl complete`, which the scripts in
/// packaging/completion call.
namespace netctl::cli {

/// Asks the daemon a method that describes; null where there is no answer.
using AskDaemon = std::function<boost::json::value(std::string_view method,
                                                   const boost::json::object& parameters)>;

/// What may stand in place of the last of these words, which may be empty: words of commands,
/// options, and names that the daemon knows. Sorted; empty where anything may stand, as a file.
std::vector<std::string> completions(const std::vector<std::string>& words, const AskDaemon& ask);

/// `netctl complete -- WORD...`: prints them, one to a line; gives the exit code.
int runCompletion(const std::vector<std::string>& words);

}  // namespace netctl::cli
