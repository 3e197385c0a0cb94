#include "netctl/api/fields.h"

#include "base/nearest_name.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace netctl::api {
namespace {

namespace json = boost::json;

/// Absent for what is not an integer (as 7.0) or is beyond all that our numbers may be.
std::optional<std::int64_t> integer(const json::value& value) {
  json::error_code fault;
  const auto number = value.is_double() ? 0 : value.to_number<std::int64_t>(fault);
  if (value.is_double() || fault) return {};
  return number;
}

std::string limits(const Parameter& parameter) {
  return fmt::format("an integer of {} to {}", parameter.minimum, parameter.maximum);
}

}  // namespace

std::string shown(const json::value& value) {
  switch (value.kind()) {
    case json::kind::string:
      return cloud::quoted(value.get_string());
    case json::kind::array:
      return "a list";
    case json::kind::object:
      return "an object";
    default:
      return json::serialize(value);
  }
}

std::string didYouMean(std::string_view text, std::span<const std::string_view> names,
                       std::string otherwise) {
  const auto most = std::min<std::size_t>(2, text.size() / 2);
  const auto right = nearestName(text, names, most);
  return right ? fmt::format("did you mean '{}'?", *right) : std::move(otherwise);
}

Fields::Fields(const json::object& object, const std::vector<Parameter>& table, std::string path,
               cloud::Faults& faults)
    : object_(object), path_(std::move(path)), faults_(faults) {
  known_.reserve(table.size());
  for (const Parameter& parameter : table) known_.push_back(parameter.name);
  checkNames(table);
  for (const Parameter& parameter : table) {
    const json::value* const value = object_.if_contains(parameter.name);
    if (value != nullptr && checkType(parameter, *value)) right_.push_back(parameter.name);
  }
}

void Fields::checkNames(const std::vector<Parameter>& table) const {
  for (const Parameter& parameter : table) {
    if (parameter.required && !given(parameter.name)) {
      fault(parameter.name, fmt::format("'{}' is missing; {}", parameter.name, parameter.help),
            "MissingParameter");
    }
  }
  for (const auto& member : object_) {
    if (std::ranges::find(known_, std::string_view(member.key())) != known_.end()) continue;
    const auto key = cloud::quoted(member.key());
    const auto right =
        didYouMean(member.key(), known_, fmt::format("there are {}", fmt::join(known_, ", ")));
    fault(std::string_view(key).substr(1, key.size() - 2),
          fmt::format("there is no parameter {}; {}", key, right), "UnknownParameter");
  }
}

bool Fields::checkType(const Parameter& parameter, const json::value& value) const {
  const std::string name(parameter.name);
  switch (parameter.type) {
    case ParameterType::Strings:
    case ParameterType::Numbers:
    case ParameterType::Permissions:
    case ParameterType::SourceGroups: {
      if (!value.is_array()) {
        fault(name,
              fmt::format("'{}' is {}; write a {}", name, shown(value), format(parameter.type)));
        return false;
      }
      bool right = true;
      for (std::size_t i = 0; i < value.get_array().size(); ++i) {
        right =
            checkElement(parameter, fmt::format("{}[{}]", name, i), value.get_array()[i]) && right;
      }
      return right || parameter.type == ParameterType::Permissions ||
             parameter.type == ParameterType::SourceGroups;
    }
    case ParameterType::StringMap: {
      if (!value.is_object()) {
        fault(name,
              fmt::format("'{}' is {}; write an {}", name, shown(value), format(parameter.type)));
        return false;
      }
      bool right = true;
      for (const auto& member : value.get_object()) {
        if (member.value().is_string()) continue;
        fault(name, fmt::format("'{}' has {} for {}; write a string", name, shown(member.value()),
                                cloud::quoted(member.key())));
        right = false;
      }
      return right;
    }
    default:
      return checkElement(parameter, name, value);
  }
}

bool Fields::checkElement(const Parameter& parameter, const std::string& name,
                          const json::value& value) const {
  bool right = false;
  std::string rule;
  switch (parameter.type) {
    case ParameterType::Number:
    case ParameterType::Numbers: {
      const auto number = integer(value);
      right = number && parameter.minimum <= *number && *number <= parameter.maximum;
      rule = limits(parameter);
      break;
    }
    case ParameterType::Boolean:
      right = value.is_bool();
      rule = "true or false";
      break;
    case ParameterType::Permissions:
    case ParameterType::SourceGroups:
      right = value.is_object();
      rule = "an object";
      break;
    default:
      right = value.is_string();
      rule = "a string";
      break;
  }
  if (!right) fault(name, fmt::format("'{}' is {}; write {}", name, shown(value), rule));
  return right;
}

const json::value* Fields::find(std::string_view name) const {
  if (std::ranges::find(known_, name) == known_.end()) {
    throw std::logic_error(fmt::format("'{}' is read and is not in the table", name));
  }
  return std::ranges::find(right_, name) == right_.end() ? nullptr : object_.if_contains(name);
}

bool Fields::given(std::string_view name) const {
  return object_.contains(name);
}

std::optional<std::string> Fields::text(std::string_view name) const {
  const auto* const value = find(name);
  if (value == nullptr) return {};
  return std::string(value->get_string());
}

std::optional<std::int64_t> Fields::number(std::string_view name) const {
  const auto* const value = find(name);
  if (value == nullptr) return {};
  return integer(*value);
}

bool Fields::flag(std::string_view name) const {
  const auto* const value = find(name);
  return value != nullptr && value->get_bool();
}

std::optional<std::vector<std::string>> Fields::texts(std::string_view name) const {
  const auto* const value = find(name);
  if (value == nullptr) return {};
  std::vector<std::string> result;
  for (const auto& element : value->get_array()) result.emplace_back(element.get_string());
  return result;
}

std::optional<std::vector<std::int64_t>> Fields::numbers(std::string_view name) const {
  const auto* const value = find(name);
  if (value == nullptr) return {};
  std::vector<std::int64_t> result;
  for (const auto& element : value->get_array()) result.push_back(*integer(element));
  return result;
}

std::optional<std::map<std::string, std::string>> Fields::textMap(std::string_view name) const {
  const auto* const value = find(name);
  if (value == nullptr) return {};
  std::map<std::string, std::string> result;
  for (const auto& member : value->get_object()) {
    result.emplace(member.key(), member.value().get_string());
  }
  return result;
}

std::vector<std::pair<std::string, const json::object*>> Fields::objects(
    std::string_view name) const {
  std::vector<std::pair<std::string, const json::object*>> result;
  const auto* const value = find(name);
  if (value == nullptr) return result;
  for (std::size_t i = 0; i < value->get_array().size(); ++i) {
    const json::object* const object = value->get_array()[i].if_object();
    if (object != nullptr) result.emplace_back(fmt::format("{}{}[{}].", path_, name, i), object);
  }
  return result;
}

std::optional<std::vector<std::string>> Fields::parsedList(
    std::string_view name, Result<std::string> (*parse)(std::string_view)) const {
  const auto given_texts = texts(name);
  if (!given_texts) return {};
  std::vector<std::string> result;
  for (std::size_t i = 0; i < given_texts->size(); ++i) {
    auto one = parse((*given_texts)[i]);
    if (check(fmt::format("{}[{}]", name, i), one)) result.push_back(*std::move(one));
  }
  return result;
}

void Fields::fault(std::string_view name, std::string message, std::string reason) const {
  faults_.add(pathOf(name), {ErrorCode::InvalidArgument, std::move(reason), std::move(message)});
}

}  // namespace netctl::api
