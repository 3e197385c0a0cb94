#include "netctl/api/fields.h"

namespace netctl::api {
namespace {

json::Type typeOf(ParameterType type) {
  switch (type) {
    case ParameterType::Number:
      return json::Type::Number;
    case ParameterType::Boolean:
      return json::Type::Boolean;
    case ParameterType::Strings:
      return json::Type::Strings;
    case ParameterType::Numbers:
      return json::Type::Numbers;
    case ParameterType::StringMap:
      return json::Type::StringMap;
    case ParameterType::Permissions:
    case ParameterType::SourceGroups:
      return json::Type::Objects;
    case ParameterType::String:
    case ParameterType::Bytes:
      break;
  }
  return json::Type::String;
}

std::vector<json::Field> fieldsOf(const std::vector<Parameter>& table) {
  std::vector<json::Field> fields;
  fields.reserve(table.size());
  for (const auto& parameter : table) {
    fields.push_back({.name = parameter.name,
                      .type = typeOf(parameter.type),
                      .required = parameter.required,
                      .minimum = parameter.minimum,
                      .maximum = parameter.maximum,
                      .help = parameter.help,
                      .type_name = format(parameter.type)});
  }
  return fields;
}

}  // namespace

Fields::Fields(const boost::json::object& object, const std::vector<Parameter>& table,
               std::string path, cloud::Faults& faults)
    : json::Fields(object, fieldsOf(table), std::move(path), faults) {}

}  // namespace netctl::api
