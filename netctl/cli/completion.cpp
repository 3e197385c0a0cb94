#include "netctl/cli/completion.h"

#include "netctl/cli/command_line.h"
#include "netctl/cli/command_words.h"
#include "netctl/cli/exit_code.h"
#include "netctl/cli/option_words.h"
#include "netctl/cli/permission_options.h"

#include <boost/json.hpp>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <utility>

namespace netctl::cli {
namespace {

namespace json = boost::json;
using api::ParameterType;
using Words = std::vector<std::string>;

/// Options that are not parameters of one method.
const Words& optionsOfAll() {
  static const Words kOptions{"--ca",     "--cert",     "--help",   "--json", "--key",
                              "--output", "--no-color", "--socket", "--url"};
  return kOptions;
}

/// Those of the commands that are not methods.
Words optionsOfOther(std::string_view command) {
  static const std::map<std::string_view, Words> kOptions{
      {"config", {"--help", "--host"}},
      {"hook", {"--config", "--help", "--plan"}},
      {"pki", {"--days", "--help", "--host", "--json", "--state-dir"}},
      {"restore", {"--config", "--help", "--yes"}},
      {"setup",
       {"--addresses", "--bridge", "--dns", "--help", "--mode", "--no-start", "--pool",
        "--private-interface", "--public-interface", "--role", "--subnet", "--yes"}},
      {"state", {"--config", "--help", "--yes"}},
      {"store", {"--config", "--from-copy", "--help", "--to"}},
      {"wait", {"--help", "--in-force", "--socket", "--timeout", "--url"}}};
  const auto found = kOptions.find(command);
  return found != kOptions.end() ? found->second : Words{"--help"};
}

/// Where the names of an option's values are found: a method that describes, its list, and which
/// member of each entry is the name.
struct NameSource {
  std::string_view method;
  std::string_view plural;
  std::string_view member;
};
const NameSource* nameSource(std::string_view noun, std::string_view option) {
  static const std::map<std::string_view, NameSource> kSources{
      {"owner", {"account.describe", "accounts", "name"}},
      {"group", {"group.describe", "groups", "name"}},
      {"source-group", {"group.describe", "groups", "name"}},
      {"prefix-list", {"prefix_list.describe", "prefix_lists", "name"}},
      {"instance-id", {"instance.describe", "instances", "instance_id"}},
      {"address", {"address.describe", "addresses", "address"}},
      {"node", {"node.describe", "nodes", "name"}}};
  static const std::map<std::string_view, std::string_view> kOwn{
      {"account", "owner"},        {"group", "group"},     {"prefix_list", "prefix-list"},
      {"instance", "instance-id"}, {"address", "address"}, {"node", "node"}};
  // The noun's own name or id.
  if (option == "name" || option == "id") {
    const auto own = kOwn.find(noun);
    if (own == kOwn.end()) return nullptr;
    option = own->second;
  }
  const auto found = kSources.find(option);
  return found != kSources.end() ? &found->second : nullptr;
}

Words namesIn(const json::value& answer, const NameSource& source) {
  Words names;
  const auto* object = answer.if_object();
  const auto* list = object != nullptr ? object->if_contains(source.plural) : nullptr;
  if (list == nullptr || !list->is_array()) return names;
  for (const auto& entry : list->as_array()) {
    const auto* entry_object = entry.if_object();
    const auto* name = entry_object != nullptr ? entry_object->if_contains(source.member) : nullptr;
    if (name != nullptr && name->is_string()) names.emplace_back(name->as_string());
  }
  return names;
}

/// The words of one method, of which the last is to be completed.
class MethodWords {
 public:
  MethodWords(const api::Method& method, const Words& words, const AskDaemon& ask)
      : method_(method), words_(words), ask_(ask) {}

  [[nodiscard]] Words complete() const {
    if (words_.back().starts_with("-")) return options();
    const auto option = openOption();
    if (!option.empty()) return valuesOf(option);
    const auto* positional = method_.parameter(method_.positional);
    // What is made has a new name.
    if (positional == nullptr || method_.verb() == "create") return {};
    return valuesOf(optionName(*positional));
  }

 private:
  [[nodiscard]] Words options() const {
    Words options = optionsOfAll();
    for (const auto& parameter : optionsOf(method_)) {
      if (parameter.type == ParameterType::Permissions) {
        for (const auto& name : permissionOptionNames()) options.push_back("--" + name);
        continue;
      }
      options.push_back("--" + optionName(parameter));
      if (parameter.type == ParameterType::Bytes) options.push_back(options.back() + "-file");
    }
    return options;
  }

  /// The option that the last word would be a value of; empty where it stands by itself.
  [[nodiscard]] std::string openOption() const {
    for (std::size_t at = words_.size() - 1; at-- > 0;) {
      if (words_[at] == "-o" && at + 2 == words_.size()) return "output";
      if (!words_[at].starts_with("--")) continue;
      const auto name = words_[at].substr(2);
      const bool is_next = at + 2 == words_.size();
      return (takesMany(name) || (is_next && takesOne(name))) ? name : "";
    }
    return "";
  }

  [[nodiscard]] bool takesMany(std::string_view name) const {
    if (name == "cidr" || name == "source-group") return true;
    if (name == "prefix-list" && takesPermissions()) return true;
    return std::ranges::any_of(optionsOf(method_), [&](const auto& parameter) {
      return optionName(parameter) == name && (parameter.type == ParameterType::Strings ||
                                               parameter.type == ParameterType::Numbers ||
                                               parameter.type == ParameterType::StringMap);
    });
  }

  [[nodiscard]] bool takesPermissions() const {
    return std::ranges::any_of(method_.parameters, [](const auto& parameter) {
      return parameter.type == ParameterType::Permissions;
    });
  }

  [[nodiscard]] bool takesOne(std::string_view name) const {
    if (name == "json" || name == "help" || name == "egress") return false;
    return std::ranges::none_of(optionsOf(method_), [&](const auto& parameter) {
      return optionName(parameter) == name && parameter.type == ParameterType::Boolean;
    });
  }

  [[nodiscard]] Words valuesOf(std::string_view option) const {
    if (option == "output") return {"json", "name", "table", "wide", "yaml"};
    if (option == "protocol") return {"all", "icmp", "tcp", "udp"};
    if (option == "by") return {"account", "address", "instance"};
    if (option == "service") return {"dhcp", "metadata"};
    const auto* source = nameSource(method_.noun(), option);
    if (source == nullptr) return {};
    json::object parameters;
    const auto owner = std::ranges::find(words_, "--owner");
    const bool is_owned = owner != words_.end() && owner + 1 < words_.end() - 1;
    const bool has_owner = api::findMethod(source->method)->parameter("owner") != nullptr;
    if (is_owned && has_owner) parameters["owner"] = *(owner + 1);
    return namesIn(ask_(source->method, parameters), *source);
  }

  const api::Method& method_;
  const Words& words_;
  const AskDaemon& ask_;
};

Words candidates(const Words& words, const AskDaemon& ask) {
  if (words.size() == 1) {
    return words[0].starts_with("-")
               ? Words{"--help", "--json", "--output", "--socket", "--url", "--version"}
               : firstWords();
  }
  std::size_t used = 0;
  const auto* method = findMethod({words.begin(), words.end() - 1}, used);
  if (method != nullptr) {
    const Words rest{words.begin() + static_cast<std::ptrdiff_t>(used), words.end()};
    return MethodWords(*method, rest, ask).complete();
  }
  if (words.size() == 2 && !words[1].starts_with("-")) return secondWords(words[0]);
  return words.back().starts_with("-") ? optionsOfOther(words[0]) : Words{};
}

}  // namespace

std::vector<std::string> completions(const std::vector<std::string>& words, const AskDaemon& ask) {
  // Options that choose the daemon may stand before the noun.
  auto begin = words.begin();
  while (words.end() - begin > 1 && begin->starts_with("--")) {
    begin += std::min<std::ptrdiff_t>(takesValue(*begin) ? 2 : 1, words.end() - begin);
  }
  if (begin == words.end()) return {};
  std::set<std::string> fitting;
  for (auto& candidate : candidates({begin, words.end()}, ask)) {
    if (candidate.starts_with(words.back())) fitting.insert(std::move(candidate));
  }
  return {fitting.begin(), fitting.end()};
}

int runCompletion(const std::vector<std::string>& words) {
  if (words.size() < 2 || words[0] != "--") return kUsage;
  const Words typed(words.begin() + 1, words.end());
  Target target{defaultSocket()};
  const auto socket = std::ranges::find(typed, "--socket");
  if (typed.end() - socket > 1) target.socket = *(socket + 1);
  const auto ask = [&](std::string_view method, const json::object& parameters) -> json::value {
    const auto answer = call(target, method, parameters);
    return answer && !answer->is_error ? answer->value : json::value();
  };
  for (const auto& word : completions(typed, ask)) std::cout << word << "\n";
  return kDone;
}

}  // namespace netctl::cli
