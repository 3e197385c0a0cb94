#include "netctl/api/fields.h"

namespace netctl::api {
namespace {

netctl::json::Type typeOf(ParameterType type) {
  switch (type) {
    case ParameterType::Number:
      return netctl::json::Type::Number;
    case ParameterType::Boolean:
      return netctl::json::Type::Boolean;
    case ParameterType::Strings:
      return netctl::json::Type::Strings;
    case ParameterType::Numbers:
      return netctl::json::Type::Numbers;
    case ParameterType::StringMap:
      return netctl::json::Type::StringMap;
    case ParameterType::Permissions:
    case ParameterType::SourceGroups:
      return netctl::json::Type::Objects;
    case ParameterType::String:
    case ParameterType::Bytes:
      break;
  }
  return netctl::json::Type::String;
}

std::vector<netctl::json::Field> fieldsOf(const std::vector<Parameter>& table) {
  std::vector<netctl::json::Field> fields;
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
    : netctl::json::Fields(object, fieldsOf(table), std::move(path), faults) {}

}  // namespace netctl::api
