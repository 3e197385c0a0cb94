#include "netctl/cli/euca_values.h"

#include "base/number.h"
#include "modes/net/address.h"
#include "netctl/cli/answer_text.h"
#include "netctl/cli/option_words.h"

#include <fmt/format.h>
#include <boost/json.hpp>

namespace netctl::cli {
namespace {

constexpr std::string_view kAllocation = "eipalloc-";
constexpr std::string_view kAssociation = "eipassoc-";
/// Digits of an id.
constexpr std::size_t kShortId = 8;
constexpr std::size_t kLongId = 17;

}  // namespace

std::vector<std::string> names(const EucaValues& values) {
  if (values.count("names") == 0) return {};
  return values["names"].as<std::vector<std::string>>();
}

Result<std::string> onlyName(const EucaValues& values, const std::string& what) {
  auto given = names(values);
  if (given.size() != 1) return usageError(fmt::format("exactly one {} is needed", what));
  return std::move(given.front());
}

std::string optionText(const EucaValues& values, const std::string& option) {
  return values.count(option) > 0 ? values[option].as<std::string>() : "";
}

std::string field(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? "" : cell(*value);
}

const boost::json::array& items(const boost::json::object& object, std::string_view key) {
  return object.at(key).as_array();
}

std::string anyAllocationId(const std::string& address) {
  const auto parsed = net::parseIpv4Address(address);
  return parsed ? fmt::format("{}{:08x}", kAllocation, parsed->value) : "";
}

std::string associationOf(const std::string& allocation_id) {
  if (!allocation_id.starts_with(kAllocation)) return "";
  return std::string(kAssociation) + allocation_id.substr(kAllocation.size());
}

Result<std::string> addressOfId(const std::string& id) {
  for (const auto prefix : {kAllocation, kAssociation}) {
    const bool is_known =
        id.size() == prefix.size() + kShortId || id.size() == prefix.size() + kLongId;
    if (!id.starts_with(prefix) || !is_known) continue;
    const auto value = parseWhole<std::uint32_t>(std::string_view(id).substr(prefix.size()), 16);
    if (value) return net::format(net::Ipv4Address{*value});
  }
  return Error{ErrorCode::NotFound, "InvalidAllocationID.NotFound",
               fmt::format("The allocation ID '{}' does not exist", id)};
}

}  // namespace netctl::cli
