#include "netctl/json/fields.h"

#include "base/nearest_name.h"
#include "base/text.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace netctl::json {
namespace {

using boost::json::value;

/// Absent: it is another type (7.0 too), or beyond what any of our numbers may be.
std::optional<std::int64_t> integer(const value& of) {
  boost::system::error_code fault;
  const auto number = of.is_double() ? 0 : of.to_number<std::int64_t>(fault);
  if (of.is_double() || fault) return {};
  return number;
}

std::string_view typeName(const Field& field) {
  if (!field.type_name.empty()) return field.type_name;
  switch (field.type) {
    case Type::Strings:
      return "list of strings";
    case Type::Numbers:
      return "list of numbers";
    case Type::Objects:
      return "list of objects";
    case Type::StringMap:
      return "object of strings";
    case Type::String:
    case Type::Number:
    case Type::Boolean:
    case Type::Object:
      break;
  }
  return "";
}

}  // namespace

std::string shown(const value& of) {
  switch (of.kind()) {
    case boost::json::kind::string:
      return quote(of.get_string());
    case boost::json::kind::array:
      return "a list";
    case boost::json::kind::object:
      return "an object";
    default:
      return boost::json::serialize(of);
  }
}

Fields::Fields(const boost::json::object& object, std::span<const Field> table, std::string path,
               cloud::Faults& faults, std::string_view noun)
    : object_(&object), path_(std::move(path)), faults_(faults) {
  read(table, noun);
}

Fields::Fields(const value& of, std::span<const Field> table, std::string path,
               cloud::Faults& faults, std::string_view noun)
    : object_(of.if_object()), path_(std::move(path)), faults_(faults) {
  if (object_ == nullptr) {
    const auto where = std::string_view(path_).substr(0, path_.empty() ? 0 : path_.size() - 1);
    faults_.add(std::string(where), {ErrorCode::InvalidArgument, "InvalidParameterValue",
                                     fmt::format("it is {}; write an object", shown(of))});
  } else {
    read(table, noun);
  }
}

void Fields::read(std::span<const Field> table, std::string_view noun) {
  known_.reserve(table.size());
  for (const auto& field : table) known_.push_back(field.name);
  right_.reserve(table.size());
  checkNames(table, noun);
  for (const auto& field : table) {
    const auto* const member = object_->if_contains(field.name);
    if (member == nullptr || (field.nullable && member->is_null())) continue;
    if (checkType(field, *member)) right_.emplace_back(field.name, member);
  }
}

void Fields::checkNames(std::span<const Field> table, std::string_view noun) const {
  for (const auto& field : table) {
    if (!field.required || given(field.name)) continue;
    const auto* const mark = field.help.empty() ? "" : "; ";
    fault(field.name, fmt::format("'{}' is missing{}{}", field.name, mark, field.help),
          "MissingParameter");
  }
  for (const auto& member : *object_) {
    const std::string_view name = member.key();
    if (std::ranges::find(known_, name) != known_.end()) continue;
    const auto right =
        didYouMean(name, known_, fmt::format("there are {}", fmt::join(known_, ", ")));
    fault(printable(name), fmt::format("there is no {} {}; {}", noun, quote(name), right),
          "UnknownParameter");
  }
}

bool Fields::checkType(const Field& field, const value& of) const {
  switch (field.type) {
    case Type::Strings:
    case Type::Numbers:
    case Type::Objects:
      return checkList(field, of);
    case Type::StringMap:
      return checkTextMap(field, of);
    case Type::String:
    case Type::Number:
    case Type::Boolean:
    case Type::Object:
      break;
  }
  return checkElement(field, std::string(field.name), of);
}

bool Fields::checkList(const Field& field, const value& of) const {
  if (!of.is_array()) {
    fault(field.name,
          fmt::format("'{}' is {}; write a {}", field.name, shown(of), typeName(field)));
    return false;
  }
  bool right = true;
  for (std::size_t i = 0; i < of.get_array().size(); ++i) {
    const auto name = fmt::format("{}[{}]", field.name, i);
    right = checkElement(field, name, of.get_array()[i]) && right;
  }
  // The objects among the elements are read all the same, to find what is wrong in them.
  return right || field.type == Type::Objects;
}

bool Fields::checkTextMap(const Field& field, const value& of) const {
  if (!of.is_object()) {
    fault(field.name,
          fmt::format("'{}' is {}; write an {}", field.name, shown(of), typeName(field)));
    return false;
  }
  bool right = true;
  for (const auto& member : of.get_object()) {
    if (member.value().is_string()) continue;
    fault(field.name, fmt::format("'{}' has {} for {}; write a string", field.name,
                                  shown(member.value()), quote(member.key())));
    right = false;
  }
  return right;
}

bool Fields::checkElement(const Field& field, const std::string& name, const value& of) const {
  bool right = false;
  std::string rule;
  switch (field.type) {
    case Type::Number:
    case Type::Numbers: {
      const auto number = integer(of);
      right = number && field.minimum <= *number && *number <= field.maximum;
      if (!right) rule = fmt::format("an integer of {} to {}", field.minimum, field.maximum);
      break;
    }
    case Type::Boolean:
      right = of.is_bool();
      rule = "true or false";
      break;
    case Type::Object:
    case Type::Objects:
      right = of.is_object();
      rule = "an object";
      break;
    case Type::String:
    case Type::Strings:
    case Type::StringMap:
      right = of.is_string();
      rule = "a string";
      break;
  }
  if (!right) fault(name, fmt::format("'{}' is {}; write {}", name, shown(of), rule));
  return right;
}

const value* Fields::find(std::string_view name) const {
  if (object_ != nullptr && std::ranges::find(known_, name) == known_.end()) {
    throw std::logic_error(fmt::format("'{}' is read and is not in the table", name));
  }
  const auto at = std::ranges::find(right_, name, [](const auto& entry) { return entry.first; });
  return at == right_.end() ? nullptr : at->second;
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

bool Fields::given(std::string_view name) const {
  return object_ != nullptr && object_->contains(name);
}

std::optional<std::string> Fields::text(std::string_view name) const {
  const auto* const member = find(name);
  if (member == nullptr) return {};
  return std::string(member->get_string());
}

std::optional<std::int64_t> Fields::number(std::string_view name) const {
  const auto* const member = find(name);
  if (member == nullptr) return {};
  return integer(*member);
}

bool Fields::flag(std::string_view name) const {
  const auto* const member = find(name);
  return member != nullptr && member->get_bool();
}

const boost::json::object* Fields::object(std::string_view name) const {
  const auto* const member = find(name);
  return member == nullptr ? nullptr : &member->get_object();
}

std::optional<std::vector<std::string>> Fields::texts(std::string_view name) const {
  const auto* const member = find(name);
  if (member == nullptr) return {};
  std::vector<std::string> result;
  for (const auto& element : member->get_array()) result.emplace_back(element.get_string());
  return result;
}

std::optional<std::vector<std::int64_t>> Fields::numbers(std::string_view name) const {
  const auto* const member = find(name);
  if (member == nullptr) return {};
  std::vector<std::int64_t> result;
  for (const auto& element : member->get_array()) result.push_back(*integer(element));
  return result;
}

std::optional<std::map<std::string, std::string>> Fields::textMap(std::string_view name) const {
  const auto* const member = find(name);
  if (member == nullptr) return {};
  std::map<std::string, std::string> result;
  for (const auto& entry : member->get_object()) {
    result.emplace(entry.key(), entry.value().get_string());
  }
  return result;
}

std::vector<std::pair<std::string, const boost::json::object*>> Fields::objects(
    std::string_view name) const {
  std::vector<std::pair<std::string, const boost::json::object*>> result;
  const auto* const member = find(name);
  if (member == nullptr) return result;
  for (std::size_t i = 0; i < member->get_array().size(); ++i) {
    const auto* const object = member->get_array()[i].if_object();
    if (object != nullptr) result.emplace_back(fmt::format("{}{}[{}].", path_, name, i), object);
  }
  return result;
}

void Fields::fault(std::string_view name, std::string message, std::string reason) const {
  faults_.add(pathOf(name), {ErrorCode::InvalidArgument, std::move(reason), std::move(message)});
}

}  // namespace netctl::json
