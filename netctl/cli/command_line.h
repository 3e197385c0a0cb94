#pragma once

#include "base/result.h"
#include "netctl/api/method.h"
#include "netctl/cli/output_format.h"
#include "netctl/cli/rpc_client.h"

#include <boost/json/object.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::cli {

/// What every command takes.
struct CommonOptions {
  Target target;
  OutputFormat output = OutputFormat::Table;
  bool help = false;
  bool watch = false;  ///< again and again; of a method that reads
  bool no_color = false;
};

/// A call as it was typed.
struct Invocation {
  CommonOptions common;
  const api::Method* method = nullptr;
  boost::json::object parameters;
};

/// The method of a noun and a verb, or of one of the short forms status, plan, reconcile, reload,
/// restart, pause, events. `used` is how many of the words name it. Null where none is named.
const api::Method* findMethod(const std::vector<std::string>& words, std::size_t& used);

/// Reads the words behind the method's name: its options are the method's parameters, with dashes
/// for underscores and in the singular where they are lists. InvalidArgument tells what is wrong
/// with them.
Result<Invocation> parse(const api::Method& method, const std::vector<std::string>& words);

/// The parameters that are options: where a list and a single value bear one name, the list serves
/// both.
std::vector<api::Parameter> optionsOf(const api::Method& method);

/// How a parameter is called on the command line: `--group` of the list `groups`, each entry of
/// which is an option.
std::string optionName(const api::Parameter& parameter);

/// The options before the noun that have a value.
bool takesValue(std::string_view option);

/// The default of --socket: NETCTL_SOCKET, else the daemon's own default.
std::filesystem::path defaultSocket();

}  // namespace netctl::cli
