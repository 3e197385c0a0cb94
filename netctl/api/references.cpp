#include "netctl/api/references.h"

#include "base/text.h"
#include "modes/cloud/commands.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>
#include <boost/json.hpp>

namespace netctl::api {

namespace json = boost::json;

Result<std::string> parseOwner(std::string_view text) {
  if (!cloud::isAccountId(text)) {
    if (const auto named = cloud::checkAccountName(text); !named) return named.error();
  }
  return std::string(text);
}

Result<std::string> parseGroup(std::string_view text) {
  if (text.starts_with("sg-")) return parseGroupId(text);
  if (const auto named = cloud::checkGroupName(text); !named) return named.error();
  return std::string(text);
}

Result<std::string> parseGroupId(std::string_view text) {
  if (cloud::isGroupId(text)) return std::string(text);
  return Error{
      ErrorCode::InvalidArgument, "InvalidGroupId.Malformed",
      fmt::format("{} is not a group's id; write sg- and 8 or 17 lower-case hexadecimal digits",
                  quote(text))};
}

Result<std::string> parsePrefixList(std::string_view text) {
  if (cloud::isPrefixListId(text)) return std::string(text);
  if (text.starts_with("pl-")) {
    return Error{ErrorCode::InvalidArgument, "InvalidPrefixListId.Malformed",
                 fmt::format("{} is not a prefix list's id; write pl- and 17 lower-case "
                             "hexadecimal digits",
                             quote(text))};
  }
  return checked(cloud::checkPrefixListName)(text);
}

Result<net::Ipv4Address> parseAddress(std::string_view text) {
  if (auto address = net::parseIpv4Address(text)) return address;
  return cloud::invalid(fmt::format(
      "{} is not an IPv4 address; write four numbers of 0 to 255, as 203.0.113.10", quote(text)));
}

Result<std::string> parseNodeName(std::string_view text) {
  return checked(cloud::checkNodeName)(text);
}

std::string readOwner(const Fields& fields) {
  return fields.parsed("owner", parseOwner).value_or("");
}

std::string readGroup(const Fields& fields) {
  return fields.parsed("group", parseGroup).value_or("");
}

net::Ipv4Address readAddress(const Fields& fields) {
  return fields.parsed("address", parseAddress).value_or(net::Ipv4Address{});
}

cloud::InstanceId readInstanceId(const Fields& fields) {
  auto id = fields.parsed("instance_id", cloud::InstanceId::parse);
  return id ? *std::move(id) : cloud::InstanceId::parse("i-00000000").value();
}

void addOwner(json::object& result, const cloud::Cloud& cloud, const cloud::AccountId& owner) {
  const auto account = cloud.account(owner);
  result["owner"] = account ? account->name : owner.value;
  result["owner_id"] = owner.value;
}

json::object showOwner(const cloud::Cloud& cloud, const std::string& owner) {
  json::object result;
  if (const auto account = cloud::findAccount(cloud, owner)) {
    addOwner(result, cloud, (*account)->id);
  } else {
    result["owner"] = owner;
  }
  return result;
}

void addGroup(json::object& result, const cloud::Cloud& cloud, const cloud::GroupId& id) {
  if (const auto group = cloud.group(id)) result["group"] = group->name;
  result["group_id"] = id.value;
}

}  // namespace netctl::api
