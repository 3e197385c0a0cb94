#pragma once

#include "modes/cloud/objects.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What netctl offers to callers, as data. JSON-RPC checks requests against this table,
/// `system.methods` shows it, the command line makes its options of it, and docs/rpc.md is written
/// from it.
namespace netctl::api {

enum class ParameterType {
  String,
  Number,        ///< an integer within the parameter's limits
  Boolean,       ///< absent is false
  Strings,       ///< a list of strings
  Numbers,       ///< a list of integers within the parameter's limits
  StringMap,     ///< an object whose values are strings
  Bytes,         ///< a string in base64 (RFC 4648, section 4)
  Permissions,   ///< a list of permission objects, see permissionParameters()
  SourceGroups,  ///< a list of group objects in a permission, see sourceGroupParameters()
};
/// For people: `string`, `number`, `boolean`, `list of strings`, ...
std::string_view format(ParameterType type);

struct Parameter {
  std::string_view name;
  ParameterType type = ParameterType::String;
  bool required = false;
  std::string_view help;
  std::string_view example;  ///< a value, as JSON
  /// Limits of a number, both included.
  std::int64_t minimum = 0;
  std::int64_t maximum = 0;
};

struct Method {
  std::string_view name;  ///< `noun.verb`
  std::string_view help;  ///< one line
  std::vector<Parameter> parameters;
  bool change = false;  ///< changes the cloud or the host; then `dry_run` is one of the parameters
  std::string_view
      positional;  ///< the parameter that a command line takes without its name; empty: none
  std::string_view plural;   ///< of a describe: the member of the result that holds the list
  std::string_view result;   ///< what the result holds
  std::string_view example;  ///< parameters of a worked example, as a JSON object

  [[nodiscard]] std::string_view noun() const { return name.substr(0, name.find('.')); }
  [[nodiscard]] std::string_view verb() const { return name.substr(name.find('.') + 1); }
  /// Null where there is none.
  [[nodiscard]] const Parameter* parameter(std::string_view parameter_name) const;
};

/// All methods, nouns together, in the order of the documentation.
const std::vector<Method>& methods();
/// Null where there is none.
const Method* findMethod(std::string_view name);
/// The members of one object of a `permissions` list.
const std::vector<Parameter>& permissionParameters();
/// The parameters of account.modify, and the members of an account's `limits`.
inline constexpr std::array<std::pair<cloud::Limit, std::string_view>, 3> kLimitParameters{
    {{cloud::Limit::Addresses, "addresses"},
     {cloud::Limit::Groups, "groups"},
     {cloud::Limit::Permissions, "permissions"}}};
/// The members of one object of a permission's `groups` list.
const std::vector<Parameter>& sourceGroupParameters();

}  // namespace netctl::api
