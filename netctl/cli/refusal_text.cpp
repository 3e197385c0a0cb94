#include "netctl/cli/refusal_text.h"

#include "netctl/cli/answer_text.h"
#include "netctl/cli/command_line.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

namespace netctl::cli {
namespace {

namespace json = boost::json;

/// The option by which a member of a permission is given.
std::string_view permissionOption(std::string_view member) {
  static const std::map<std::string_view, std::string_view> kOptions{
      {"protocol", "--protocol"},   {"from_port", "--port"},   {"to_port", "--port"},
      {"icmp_type", "--icmp"},      {"icmp_code", "--icmp"},   {"cidrs", "--cidr"},
      {"groups", "--source-group"}, {"direction", "--egress"}, {"description", "--description"}};
  const auto found = kOptions.find(member);
  return found != kOptions.end() ? found->second : std::string_view{};
}

/// How a parameter was given, by its path in the call: `permissions[0].from_port` is `--port`, and
/// what has no option is named as `netctl --help` names it.
std::string given(std::string_view path, const api::Method& method) {
  const auto head = path.substr(0, path.find_first_of(".["));
  const auto* parameter = method.parameter(head);
  if (parameter == nullptr) return std::string(path);
  if (parameter->type == api::ParameterType::Permissions) {
    auto member = path.substr(std::min(path.find('.'), path.size()));
    if (!member.empty()) member.remove_prefix(1);
    const auto option = permissionOption(member.substr(0, member.find_first_of(".[")));
    return option.empty() ? "permission" : std::string(option);
  }
  auto name = optionName(*parameter);
  if (head != method.positional) return "--" + name;
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

}  // namespace

std::string refusalText(const json::value& error, const api::Method& method) {
  const auto& object = error.as_object();
  const auto* data = object.if_contains("data");
  const json::object nothing;
  const auto& details = data != nullptr && data->is_object() ? data->as_object() : nothing;
  auto reason = cell(details, "reason");
  if (!reason.empty()) reason = fmt::format(" ({})", reason);
  const auto* faults = details.if_contains("faults");
  if (faults == nullptr || !faults->is_array() || faults->as_array().empty()) {
    return cell(object, "message") + reason + "\n";
  }
  const auto& all = faults->as_array();
  const auto line = [&](const json::value& fault) {
    const auto where = given(cell(fault.as_object(), "where"), method);
    return fmt::format("{}{}{}", where, where.empty() ? "" : ": ",
                       cell(fault.as_object(), "message"));
  };
  if (all.size() == 1) return line(all.front()) + reason + "\n";
  auto result = fmt::format("{} things are wrong{}:\n", all.size(), reason);
  for (const auto& fault : all) result += "  " + line(fault) + "\n";
  return result;
}

}  // namespace netctl::cli
