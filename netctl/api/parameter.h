#pragma once

#include <cstdint>
#include <string_view>

/// The parameters of the methods, as data.
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
  std::string_view help = {};
  std::string_view example = {};  ///< a value, as JSON
  /// Limits of a number, both included.
  std::int64_t minimum = 0;
  std::int64_t maximum = 0;
};

/// The same parameter, which a call must have.
constexpr Parameter required(Parameter parameter) {
  parameter.required = true;
  return parameter;
}

// Those of more than one noun.
inline constexpr Parameter kOwner{
    .name = "owner", .help = "account, by name or id", .example = R"("alice")"};
inline constexpr Parameter kAnyOwner{.name = "owner",
                                     .help = "only what belongs to this account, by name or id",
                                     .example = R"("alice")"};
inline constexpr Parameter kInstanceId{.name = "instance_id",
                                       .help = "`i-` and 8 or 17 hexadecimal digits",
                                       .example = R"("i-0A1B2C3D")"};
inline constexpr Parameter kKeepFlows{
    .name = "keep_flows",
    .type = ParameterType::Boolean,
    .help = "established flows that become illegal go on; without it they are cut",
    .example = "true"};
inline constexpr Parameter kLimit{.name = "limit",
                                  .type = ParameterType::Number,
                                  .help = "how many to return at most; without it all",
                                  .example = "100",
                                  .minimum = 1,
                                  .maximum = 10000};
inline constexpr Parameter kNext{.name = "next",
                                 .help = "goes on after the page that returned this",
                                 .example = R"("MTpzZy0wMDAwMDAwMQ==")"};
inline constexpr Parameter kDryRun{.name = "dry_run",
                                   .type = ParameterType::Boolean,
                                   .help = "answers what would happen, and leaves no trace",
                                   .example = "true"};

}  // namespace netctl::api
