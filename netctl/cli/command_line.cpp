#include "netctl/cli/command_line.h"

#include "base/base64.h"
#include "base/number.h"
#include "netctl/cli/command_words.h"
#include "netctl/cli/option_words.h"
#include "netctl/cli/permission_options.h"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <boost/program_options.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace netctl::cli {
namespace {

namespace json = boost::json;
namespace options = boost::program_options;
using api::ParameterType;

/// The options that choose the daemon; each has a value.
constexpr std::array<const char*, 5> kTargetOptions{"socket", "url", "ca", "cert", "key"};
/// Those before the noun that have a value.
constexpr std::array<std::string_view, 7> kWithValue{"--socket", "--url",    "--ca", "--cert",
                                                     "--key",    "--output", "-o"};

bool isList(ParameterType type) {
  return type == ParameterType::Strings || type == ParameterType::Numbers ||
         type == ParameterType::StringMap;
}

void addOption(options::options_description& description, const api::Parameter& parameter) {
  const auto name = optionName(parameter);
  switch (parameter.type) {
    case ParameterType::Permissions:
    case ParameterType::SourceGroups:
      addPermissionOptions(description);
      return;
    case ParameterType::Boolean:
      description.add_options()(name.c_str(), options::bool_switch());
      return;
    case ParameterType::Bytes:
      description.add_options()(name.c_str(), options::value<std::string>())(
          (name + "-file").c_str(), options::value<std::string>());
      return;
    case ParameterType::Strings:
    case ParameterType::Numbers:
    case ParameterType::StringMap:
      description.add_options()(
          name.c_str(), options::value<std::vector<std::string>>()->multitoken()->composing());
      return;
    case ParameterType::String:
    case ParameterType::Number:
      description.add_options()(name.c_str(), options::value<std::string>());
      return;
  }
}

Result<json::value> number(const api::Parameter& parameter, const std::string& text) {
  const auto value = parseWhole<std::int64_t>(text);
  if (value) return json::value(*value);
  return usageError(fmt::format("--{}: '{}' is not a number", optionName(parameter), text));
}

Result<json::value> list(const api::Parameter& parameter, const std::vector<std::string>& words) {
  if (parameter.type == ParameterType::StringMap) {
    json::object map;
    for (const auto& word : words) {
      const auto equals = word.find('=');
      if (equals == std::string::npos) {
        return usageError(fmt::format("--{}: '{}' is not NAME=VALUE", optionName(parameter), word));
      }
      map[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return json::value(std::move(map));
  }
  json::array array;
  for (const auto& word : words) {
    if (parameter.type == ParameterType::Strings) {
      array.emplace_back(word);
      continue;
    }
    auto value = number(parameter, word);
    if (!value) return value.error();
    array.push_back(std::move(*value));
  }
  return json::value(std::move(array));
}

Result<json::value> fileInBase64(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return usageError(fmt::format("--user-data-file: cannot read '{}'", path));
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return json::value(encodeBase64(bytes));
}

/// The value of one parameter; null where it was not given.
Result<json::value> valueOf(const api::Parameter& parameter, const options::variables_map& given) {
  const auto name = optionName(parameter);
  if (parameter.type == ParameterType::Bytes && given.count(name + "-file") > 0) {
    return fileInBase64(given[name + "-file"].as<std::string>());
  }
  if (parameter.type == ParameterType::Permissions) return readPermissionOptions(given);
  if (given.count(name) == 0) return json::value(nullptr);
  if (parameter.type == ParameterType::Boolean) {
    return given[name].as<bool>() ? json::value(true) : json::value(nullptr);
  }
  if (isList(parameter.type)) return list(parameter, given[name].as<std::vector<std::string>>());
  const auto& text = given[name].as<std::string>();
  if (parameter.type == ParameterType::Number) return number(parameter, text);
  if (parameter.type == ParameterType::Bytes) return json::value(encodeBase64(text));
  return json::value(text);
}

Result<options::variables_map> parseWords(const api::Method& method,
                                          const std::vector<std::string>& words) {
  options::options_description description;
  description.add_options()("json", options::bool_switch())("help,h", options::bool_switch())(
      "output,o", options::value<std::string>())("no-color", options::bool_switch());
  if (!method.isChange()) description.add_options()("watch,w", options::bool_switch());
  for (const auto* name : kTargetOptions) {
    description.add_options()(name, options::value<std::string>());
  }
  for (const auto& parameter : optionsOf(method)) addOption(description, parameter);
  options::positional_options_description positional;
  if (const auto* parameter = method.parameter(method.positional); parameter != nullptr) {
    positional.add(optionName(*parameter).c_str(), isList(parameter->type) ? -1 : 1);
  }
  return readOptions(description, positional, words);
}

/// The daemon to ask. An option is stronger than the environment, for the URL as for its files.
Result<Target> targetOf(const options::variables_map& given) {
  const auto choose = [&](const char* option, const char* variable) {
    return given.count(option) > 0 ? given[option].as<std::string>() : environment(variable);
  };
  if (given.count("socket") > 0) {
    if (given.count("url") > 0)
      return usageError("--socket and --url name two daemons; leave one out");
    return Target{given["socket"].as<std::string>()};
  }
  Target target{defaultSocket(),
                choose("url", "NETCTL_URL"),
                {choose("ca", "NETCTL_TLS_CA"), choose("cert", "NETCTL_TLS_CERT"),
                 choose("key", "NETCTL_TLS_KEY")}};
  const auto& files = target.tls;
  if (!target.url.empty() &&
      (files.authority.empty() || files.certificate.empty() || files.key.empty())) {
    return usageError(
        "--url needs --ca, --cert and --key, the files that 'netctl pki client' makes");
  }
  return target;
}

/// `--json` is short for `--output json`.
Result<OutputFormat> outputOf(const api::Method& method, const options::variables_map& given) {
  const bool as_json = given["json"].as<bool>();
  if (given.count("output") == 0) return as_json ? OutputFormat::Json : OutputFormat::Table;
  const auto& word = given["output"].as<std::string>();
  const auto format = parseOutputFormat(word);
  if (!format) {
    return usageError(
        fmt::format("--output: '{}' is not one of table, wide, json, yaml and name", word));
  }
  if (as_json && *format != OutputFormat::Json)
    return usageError("--json and --output name two formats; leave one out");
  if (*format == OutputFormat::Name && !hasNames(method))
    return usageError(fmt::format("--output name: what {} answers has no names", method.name));
  return *format;
}

}  // namespace

bool takesValue(std::string_view option) {
  return std::ranges::find(kWithValue, option) != kWithValue.end();
}

std::string optionName(const api::Parameter& parameter) {
  std::string name(parameter.name);
  static constexpr std::array<std::string_view, 5> kLists{"groups", "names", "ids", "cidrs",
                                                          "attributes"};
  if (isList(parameter.type)) {
    if (name == "addresses") return "address";
    if (std::ranges::find(kLists, name) != kLists.end()) name.pop_back();
  }
  std::ranges::replace(name, '_', '-');
  return name;
}

std::vector<api::Parameter> optionsOf(const api::Method& method) {
  std::vector<api::Parameter> parameters;
  std::ranges::copy_if(method.parameters, std::back_inserter(parameters), [&](const auto& one) {
    return isList(one.type) || std::ranges::none_of(method.parameters, [&](const auto& other) {
             return isList(other.type) && optionName(other) == optionName(one);
           });
  });
  return parameters;
}

std::filesystem::path defaultSocket() {
  auto socket = environment("NETCTL_SOCKET");
  return socket.empty() ? "/run/netctl/netctl.sock" : std::move(socket);
}

const api::Method* findMethod(const std::vector<std::string>& words, std::size_t& used) {
  if (words.empty()) return nullptr;
  static const std::map<std::string, std::string, std::less<>> kShortForms{
      {"status", "system.status"}, {"plan", "system.plan"},       {"reconcile", "system.reconcile"},
      {"reload", "system.reload"}, {"restart", "system.restart"}, {"pause", "system.pause"},
      {"resume", "system.resume"}, {"methods", "system.methods"}};
  if (words[0] == "usage" && (words.size() < 2 || words[1].starts_with("-"))) {
    used = 1;
    return api::findMethod("usage.list");
  }
  if (const auto found = kShortForms.find(words[0]); found != kShortForms.end()) {
    used = 1;
    return api::findMethod(found->second);
  }
  if (words[0] == "events" && (words.size() < 2 || words[1] != "list")) {
    used = 1;
    return api::findMethod("events.list");
  }
  if (words.size() < 2) return nullptr;
  used = 2;
  return api::findMethod(methodName(words[0], words[1]));
}

Result<Invocation> parse(const api::Method& method, const std::vector<std::string>& words) {
  const auto given = parseWords(method, words);
  if (!given) return given.error();
  Invocation invocation;
  invocation.method = &method;
  const auto output = outputOf(method, *given);
  if (!output) return output.error();
  invocation.common.output = *output;
  invocation.common.help = (*given)["help"].as<bool>();
  invocation.common.no_color = (*given)["no-color"].as<bool>();
  invocation.common.watch = given->count("watch") > 0 && (*given)["watch"].as<bool>();
  if (invocation.common.help) return invocation;
  auto target = targetOf(*given);
  if (!target) return target.error();
  invocation.common.target = *std::move(target);
  for (const auto& parameter : optionsOf(method)) {
    auto value = valueOf(parameter, *given);
    if (!value) return value.error();
    if (!value->is_null()) invocation.parameters[parameter.name] = std::move(*value);
  }
  return invocation;
}

}  // namespace netctl::cli
