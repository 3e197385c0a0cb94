#include "netctl/cli/option_words.h"

#include "base/nearest_name.h"

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include <charconv>
#include <cstdlib>

namespace netctl::cli {

namespace options = boost::program_options;

Error usageError(std::string message) {
  return {ErrorCode::InvalidArgument, "Usage", std::move(message)};
}

namespace {

/// The name as it was typed, and the nearest that there is.
Error unknownOption(const options::options_description& table, const std::string& typed) {
  std::vector<std::string> written;
  for (const auto& option : table.options()) written.push_back("--" + option->long_name());
  const std::vector<std::string_view> names(written.begin(), written.end());
  return usageError(fmt::format("there is no option '{}'; {}", typed,
                                didYouMean(typed, names, "--help lists them")));
}

}  // namespace

Result<options::variables_map> readOptions(
    const options::options_description& table,
    const options::positional_options_description& positional,
    const std::vector<std::string>& words) {
  namespace style = options::command_line_style;
  options::variables_map given;
  try {
    options::store(options::command_line_parser(words)
                       .options(table)
                       .positional(positional)
                       .style(style::unix_style & ~style::allow_guessing)
                       .run(),
                   given);
    options::notify(given);
  } catch (const options::unknown_option& error) {
    return unknownOption(table, error.get_option_name());
  } catch (const options::error& error) {
    return usageError(error.what());
  }
  return given;
}

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace netctl::cli
