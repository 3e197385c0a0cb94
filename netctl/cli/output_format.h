#pragma once

#include "netctl/api/method.h"
#include "netctl/cli/terminal.h"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

/// `--output`: how an answer is printed.
namespace netctl::cli {

enum class OutputFormat {
  Table,  ///< for people
  Wide,   ///< a table with all that the daemon tells of each object
  Json,
  Yaml,
  Name,  ///< the name or id of each object, one to a line
};

/// `table`, `wide`, `json`, `yaml` or `name`; absent where the word is another.
std::optional<OutputFormat> parseOutputFormat(std::string_view word);

/// False where the answers of a method are not objects that have a name.
bool hasNames(const api::Method& method);

/// A method's result in that format, with its last line ended. `look` is that of tables.
std::string formatAnswer(const api::Method& method, const boost::json::value& result,
                         OutputFormat format, const Look& look = {});

}  // namespace netctl::cli
