#include "netctl/cli/help.h"

#include "netctl/cli/command_line.h"
#include "netctl/cli/command_words.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>

namespace netctl::cli {
namespace {

namespace json = boost::json;
using api::ParameterType;

std::string valueName(ParameterType type) {
  switch (type) {
    case ParameterType::Boolean:
      return "";
    case ParameterType::Number:
    case ParameterType::Numbers:
      return " N";
    case ParameterType::StringMap:
      return " NAME=VALUE";
    default:
      return " TEXT";
  }
}

constexpr std::string_view kPermissionOptions =
    "  --egress                 what instances send by their gateway; else what may come to them\n"
    "  --protocol P             tcp, udp, icmp, all, or a number of 0..255\n"
    "  --port N[-M]             with tcp and udp\n"
    "  --icmp TYPE[:CODE]       with icmp; without it any type\n"
    "  --cidr C...              sources by address, as 198.51.100.0/24; 0.0.0.0/0 is everybody\n"
    "  --source-group [OWNER/]GROUP...\n"
    "                           sources by group\n"
    "  --prefix-list LIST...    sources by prefix list\n"
    "  --description TEXT       what it is for\n";

/// A word as a shell takes it.
std::string shellWord(std::string_view word) {
  const bool plain = !word.empty() && std::ranges::all_of(word, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("-_./:=,@+").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return plain ? std::string(word) : fmt::format("'{}'", word);
}

std::string plain(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

std::string permissionExample(const json::object& permission) {
  std::string text = " --protocol " + plain(permission.at("protocol"));
  if (const auto* from = permission.if_contains("from_port")) {
    const auto& to = permission.at("to_port");
    text += " --port " + plain(*from) + (*from == to ? "" : "-" + plain(to));
  }
  if (const auto* type = permission.if_contains("icmp_type")) text += " --icmp " + plain(*type);
  if (const auto* cidrs = permission.if_contains("cidrs")) {
    text += " --cidr";
    for (const auto& cidr : cidrs->as_array()) text += " " + plain(cidr);
  }
  if (const auto* groups = permission.if_contains("groups")) {
    text += " --source-group";
    for (const auto& group : groups->as_array()) {
      const auto* owner = group.as_object().if_contains("owner");
      text += " " + (owner != nullptr ? plain(*owner) + "/" : "") + plain(group.at("group"));
    }
  }
  return text;
}

}  // namespace

std::string commandName(const api::Method& method) {
  return fmt::format("{} {}", wordOf(method.noun()), wordOf(method.verb()));
}

std::string exampleOf(const api::Method& method) {
  const auto parameters = json::parse({method.example.data(), method.example.size()}).as_object();
  std::string text = "netctl " + commandName(method);
  std::string options;
  for (const auto& [key, value] : parameters) {
    const auto* parameter = method.parameter({key.data(), key.size()});
    if (key == method.positional) {
      if (!value.is_array()) text += " " + shellWord(plain(value));
      if (value.is_array()) {
        for (const auto& entry : value.as_array()) text += " " + shellWord(plain(entry));
      }
    } else if (parameter != nullptr && parameter->type == ParameterType::Permissions) {
      options += permissionExample(value.as_array().front().as_object());
    } else if (parameter != nullptr) {
      options += " --" + optionName(*parameter);
      if (value.is_array()) {
        for (const auto& entry : value.as_array()) options += " " + shellWord(plain(entry));
      } else if (!value.is_bool()) {
        options += " " + shellWord(plain(value));
      }
    }
  }
  return text + options;
}

std::string helpMethod(const api::Method& method) {
  std::string text = fmt::format("{}\n\nusage: netctl {}", method.help, commandName(method));
  if (const auto* positional = method.parameter(method.positional); positional != nullptr) {
    std::string name = optionName(*positional);
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    text += positional->required ? " " + name : fmt::format(" [{}...]", name);
  }
  text += " [option...]\n\noptions:\n";
  for (const auto& parameter : optionsOf(method)) {
    if (parameter.type == ParameterType::Permissions) {
      text += kPermissionOptions;
      continue;
    }
    const auto name = fmt::format("--{}{}", optionName(parameter), valueName(parameter.type));
    text += fmt::format("  {:<23}  {}{}\n", name, parameter.help,
                        parameter.required ? " (required)" : "");
    if (parameter.type == ParameterType::Bytes) {
      text +=
          fmt::format("  --{:<21}  the same, from a file\n", optionName(parameter) + "-file FILE");
    }
  }
  text +=
      "  -o, --output FORMAT      table, wide, json, yaml, or name: the names alone\n"
      "  --json                   short for --output json\n"
      "  --no-color               as in a file; so does NO_COLOR in the environment\n";
  if (!method.isChange())
    text += "  -w, --watch              shows it again every two seconds, until you end it\n";
  text +=
      "  --socket PATH            the daemon's socket; else NETCTL_SOCKET\n"
      "  --url https://HOST:PORT  a daemon on another machine; with --ca, --cert and --key\n";
  return text + "\nexample:\n  " + exampleOf(method) + "\n";
}

std::string helpNoun(std::string_view noun) {
  std::string text;
  for (const auto& method : api::methods()) {
    if (wordOf(method.noun()) == wordOf(noun))
      text += fmt::format("  {:<26} {}\n", commandName(method), method.help);
  }
  return text;
}

std::string helpAll() {
  std::string text =
      "netctl controls the network of a private cloud.\n\n"
      "usage: netctl [--socket PATH] [-o FORMAT] NOUN VERB [NAME] [option...]\n\n";
  std::string_view noun;
  for (const auto& method : api::methods()) {
    if (method.noun() == noun) continue;
    noun = method.noun();
    text += helpNoun(noun);
  }
  return text +
         "  config check [FILE] [--host]\n"
         "                             Checks a configuration without a daemon.\n"
         "  pki init|node|client|...   Makes, renews and revokes certificates of nodes and "
         "administrators.\n"
         "  wait --in-force            Waits until all that was asked for is in force.\n"
         "  backup FILE                Writes the cloud to a file, while netctld serves.\n"
         "  restore FILE [--yes]       Puts a backup in its place, while netctld is stopped.\n"
         "  state new|accept           Begins with an empty cloud, or accepts a damaged one.\n"
         "  store move|take            Takes the cloud to etcd or back, while netctld is "
         "stopped.\n"
         "  setup                      Writes the configuration of a new host, and starts "
         "netctld.\n"
         "  version                    Prints the version.\n"
         "\nshort forms: netctl status | plan | reconcile | reload | restart | pause | resume | "
         "events\n"
         "more: netctl NOUN VERB --help\n"
         "\nexamples:\n"
         "  netctl account create alice\n"
         "  netctl group create web --owner alice --description 'web servers'\n"
         "  netctl group authorize web --owner alice --protocol tcp --port 80 --cidr 0.0.0.0/0\n"
         "  netctl instance attach i-0A1B2C3D --owner alice --group web --device vnet0\n"
         "\nexit status: 0 done, 1 refused, 2 wrong usage, 3 no daemon; of status also 4: not all "
         "is "
         "in force\n";
}

}  // namespace netctl::cli
