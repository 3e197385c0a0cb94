#include "netctl/cli/yaml_text.h"

#include <boost/json.hpp>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace netctl::cli {
namespace {

namespace json = boost::json;

/// True of a word that no reader of YAML, of version 1.1 neither, takes for anything but a string:
/// letters first, and none of the words for truth and nothing. All others are quoted.
bool isPlain(std::string_view text) {
  static constexpr std::string_view kOthers[] = {"true", "false", "yes", "no", "on",
                                                 "off",  "null",  "y",   "n"};
  if (text.empty() || std::isalpha(static_cast<unsigned char>(text.front())) == 0) return false;
  const bool harmless = std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("-_./").find(static_cast<char>(c)) != std::string_view::npos;
  });
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return harmless && std::ranges::find(kOthers, lower) == std::end(kOthers);
}

/// A string of JSON is one of YAML's strings in double quotes.
std::string yamlScalar(const json::value& value) {
  if (value.is_array()) return "[]";
  if (value.is_object()) return "{}";
  if (value.is_string() && isPlain(value.as_string())) return std::string(value.as_string());
  return json::serialize(value);
}

bool isBlock(const json::value& value) {
  return (value.is_array() && !value.as_array().empty()) ||
         (value.is_object() && !value.as_object().empty());
}

/// The first line goes on where the caller stands; the others are indented.
void writeYaml(std::string& text, const json::value& value, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string_view before;
  if (!isBlock(value)) {
    text += yamlScalar(value) + "\n";
  } else if (value.is_array()) {
    for (const auto& entry : value.as_array()) {
      text.append(before).append("- ");
      writeYaml(text, entry, indent + 2);
      before = margin;
    }
  } else {
    for (const auto& [key, member] : value.as_object()) {
      text.append(before).append(yamlScalar(json::value(key))).append(":");
      if (isBlock(member)) {
        text.append("\n").append(indent + 2, ' ');
        writeYaml(text, member, indent + 2);
      } else {
        text.append(" ").append(yamlScalar(member)).append("\n");
      }
      before = margin;
    }
  }
}

}  // namespace

std::string yamlText(const json::value& value) {
  std::string text;
  writeYaml(text, value, 0);
  return text;
}

}  // namespace netctl::cli
