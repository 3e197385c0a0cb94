#include "netctl/cli/output_format.h"

#include "netctl/cli/answer_text.h"
#include "netctl/cli/yaml_text.h"

#include <boost/json.hpp>

#include <map>

namespace netctl::cli {
namespace {

namespace json = boost::json;

/// The member that is the name of a noun's objects.
std::string_view nameMember(const api::Method& method) {
  static const std::map<std::string_view, std::string_view> kMembers{
      {"account", "name"}, {"group", "name"}, {"address", "address"}, {"instance", "instance_id"},
      {"network", "tag"},  {"node", "name"},  {"prefix_list", "name"}};
  const auto found = kMembers.find(method.noun());
  return found != kMembers.end() ? found->second : std::string_view{};
}

std::string namesIn(const api::Method& method, const json::object& answer) {
  // That of a dry run stands beside its plan.
  const auto* outcome = answer.contains("plan") ? answer.if_contains("result") : nullptr;
  const auto& object = outcome != nullptr && outcome->is_object() ? outcome->as_object() : answer;
  std::string text;
  const auto add = [&](const json::object& one) {
    if (const auto* name = one.if_contains(nameMember(method))) text += cell(*name) + "\n";
  };
  const auto* list = method.plural.empty() ? nullptr : object.if_contains(method.plural);
  if (list == nullptr || !list->is_array()) {
    add(object);
    return text;
  }
  for (const auto& entry : list->as_array()) add(entry.as_object());
  return text;
}

}  // namespace

std::optional<OutputFormat> parseOutputFormat(std::string_view word) {
  static const std::map<std::string_view, OutputFormat> kWords{{"table", OutputFormat::Table},
                                                               {"wide", OutputFormat::Wide},
                                                               {"json", OutputFormat::Json},
                                                               {"yaml", OutputFormat::Yaml},
                                                               {"name", OutputFormat::Name}};
  const auto found = kWords.find(word);
  return found != kWords.end() ? std::optional(found->second) : std::nullopt;
}

bool hasNames(const api::Method& method) {
  return !nameMember(method).empty();
}

std::string formatAnswer(const api::Method& method, const json::value& result, OutputFormat format,
                         const Look& look) {
  switch (format) {
    case OutputFormat::Json:
      return json::serialize(result) + "\n";
    case OutputFormat::Yaml:
      return yamlText(result);
    case OutputFormat::Name:
      return namesIn(method, result.as_object());
    case OutputFormat::Wide:
      return answerText(method, result, Columns::All, look);
    case OutputFormat::Table:
      break;
  }
  return answerText(method, result, Columns::Usual, look);
}

}  // namespace netctl::cli
