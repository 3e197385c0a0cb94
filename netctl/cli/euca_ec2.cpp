#include "netctl/cli/euca_ec2.h"

#include "netctl/cli/ec2_client.h"
#include "netctl/cli/euca_values.h"
#include "netctl/cli/option_words.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <initializer_list>
#include <stdexcept>

namespace netctl::cli {
namespace {

namespace json = boost::json;
using Query = std::map<std::string, std::string>;

/// The value of the first variable that is set.
std::string firstSet(std::initializer_list<const char*> names) {
  for (const auto* const name : names) {
    if (auto value = environment(name); !value.empty()) return value;
  }
  return {};
}

/// The elements `<item>` of an element; none where that is not there.
std::vector<Ec2Answer> elements(const Ec2Answer& answer, const char* name) {
  std::vector<Ec2Answer> all;
  if (const auto list = answer.get_child_optional(name)) {
    for (const auto& [tag, item] : *list) {
      if (tag == "item") all.push_back(item);
    }
  }
  return all;
}

json::object changed() {
  return {{"changed", true}};
}

void nameGroup(Query& query, const std::string& prefix, const std::string& group) {
  query[prefix + (group.starts_with("sg-") ? "GroupId" : "GroupName")] = group;
}

/// One permission as IpPermissions.1.
void addPermission(Query& query, const json::object& permission) {
  const std::string prefix = "IpPermissions.1.";
  const auto protocol = field(permission, "protocol");
  query[prefix + "IpProtocol"] = protocol == "all" ? "-1" : protocol;
  const bool is_icmp = protocol == "icmp" || protocol == "1";
  const auto first = field(permission, is_icmp ? "icmp_type" : "from_port");
  const auto last = field(permission, is_icmp ? "icmp_code" : "to_port");
  if (is_icmp || !first.empty()) {
    query[prefix + "FromPort"] = first.empty() ? "-1" : first;
    query[prefix + "ToPort"] = last.empty() ? "-1" : last;
  }
  if (const auto* const cidrs = permission.if_contains("cidrs")) {
    for (std::size_t i = 0; i < cidrs->as_array().size(); ++i) {
      query[fmt::format("{}IpRanges.{}.CidrIp", prefix, i + 1)] =
          cidrs->as_array()[i].as_string().c_str();
    }
  }
  if (const auto* const groups = permission.if_contains("groups")) {
    for (std::size_t i = 0; i < groups->as_array().size(); ++i) {
      const auto& group = groups->as_array()[i].as_object();
      const auto source = fmt::format("{}Groups.{}.", prefix, i + 1);
      nameGroup(query, source, field(group, "group"));
      if (const auto owner = field(group, "owner"); !owner.empty())
        query[source + "UserId"] = owner;
    }
  }
}

json::object permissionOf(const Ec2Answer& item, const char* direction) {
  const auto protocol = item.get("ipProtocol", "");
  json::object permission{{"direction", direction},
                          {"protocol", protocol == "-1" ? "all" : protocol}};
  if (const auto first = item.get_optional<int>("fromPort")) {
    const bool is_icmp = protocol == "icmp";
    permission[is_icmp ? "icmp_type" : "from_port"] = *first;
    permission[is_icmp ? "icmp_code" : "to_port"] = item.get("toPort", -1);
  }
  json::array cidrs;
  for (const auto& range : elements(item, "ipRanges")) cidrs.emplace_back(range.get("cidrIp", ""));
  json::array groups;
  for (const auto& group : elements(item, "groups")) {
    groups.push_back(json::object{{"owner_id", group.get("userId", "")},
                                  {"group", group.get("groupName", "")},
                                  {"group_id", group.get("groupId", "")}});
  }
  permission["cidrs"] = std::move(cidrs);
  permission["groups"] = std::move(groups);
  json::array lists;
  for (const auto& list : elements(item, "prefixListIds")) {
    lists.emplace_back(list.get("prefixListId", ""));
  }
  permission["prefix_lists"] = std::move(lists);
  return permission;
}

Result<json::object> groupsByEc2(const Ec2Access& access, const json::object& parameters) {
  Query query;
  if (const auto* const names = parameters.if_contains("names")) {
    int number = 0;
    for (const auto& value : names->as_array()) {
      const std::string name(value.as_string());
      query[fmt::format("{}.{}", name.starts_with("sg-") ? "GroupId" : "GroupName", ++number)] =
          name;
    }
  }
  const auto answer = askEc2(access, "DescribeSecurityGroups", std::move(query));
  if (!answer) return answer.error();
  json::array groups;
  for (const auto& item : elements(*answer, "securityGroupInfo")) {
    json::array permissions;
    for (const auto& permission : elements(item, "ipPermissions")) {
      permissions.push_back(permissionOf(permission, "ingress"));
    }
    for (const auto& permission : elements(item, "ipPermissionsEgress")) {
      permissions.push_back(permissionOf(permission, "egress"));
    }
    groups.push_back(json::object{{"group_id", item.get("groupId", "")},
                                  {"owner_id", item.get("ownerId", "")},
                                  {"name", item.get("groupName", "")},
                                  {"description", item.get("groupDescription", "")},
                                  {"permissions", std::move(permissions)}});
  }
  return json::object{{"groups", std::move(groups)}};
}

/// `ids` of the parameters as NAME.1, NAME.2, ...
Query idsOf(const json::object& parameters, const char* name) {
  Query query;
  if (const auto* const ids = parameters.if_contains("ids")) {
    int number = 0;
    for (const auto& id : ids->as_array()) {
      query[fmt::format("{}.{}", name, ++number)] = id.as_string().c_str();
    }
  }
  return query;
}

Result<json::object> addressesByEc2(const Ec2Access& access, const json::object& parameters) {
  const auto answer = askEc2(access, "DescribeAddresses", idsOf(parameters, "PublicIp"));
  if (!answer) return answer.error();
  json::array addresses;
  for (const auto& item : elements(*answer, "addressesSet")) {
    const auto instance = item.get("instanceId", "");
    addresses.push_back(json::object{
        {"address", item.get("publicIp", "")},
        {"allocation_id", item.get("allocationId", "")},
        {"instance_id", instance.empty() ? json::value(nullptr) : json::value(instance)}});
  }
  return json::object{{"addresses", std::move(addresses)}};
}

Result<json::object> instancesByEc2(const Ec2Access& access, const json::object& parameters) {
  const auto answer = askEc2(access, "DescribeInstances", idsOf(parameters, "InstanceId"));
  if (!answer) return answer.error();
  json::array instances;
  for (const auto& reservation : elements(*answer, "reservationSet")) {
    for (const auto& item : elements(reservation, "instancesSet")) {
      instances.push_back(json::object{{"instance_id", item.get("instanceId", "")},
                                       {"private_ip", item.get("privateIpAddress", "")}});
    }
  }
  return json::object{{"instances", std::move(instances)}};
}

Result<json::object> change(const Ec2Access& access, const std::string& action, Query query) {
  const auto answer = askEc2(access, action, std::move(query));
  if (!answer) return answer.error();
  auto result = changed();
  if (const auto id = answer->get_optional<std::string>("groupId")) result["group_id"] = *id;
  if (const auto ip = answer->get_optional<std::string>("publicIp")) result["address"] = *ip;
  if (const auto id = answer->get_optional<std::string>("allocationId")) {
    result["allocation_id"] = *id;
  }
  return result;
}

/// `verb`: Authorize or Revoke.
Result<json::object> changePermissions(const Ec2Access& access, const char* verb,
                                       const json::object& parameters) {
  Query query;
  nameGroup(query, "", field(parameters, "group"));
  const auto& permission = parameters.at("permissions").as_array().at(0).as_object();
  addPermission(query, permission);
  const bool is_egress = field(permission, "direction") == "egress";
  return change(access, fmt::format("{}SecurityGroup{}", verb, is_egress ? "Egress" : "Ingress"),
                std::move(query));
}

}  // namespace

Result<std::optional<Ec2Access>> chooseEc2(const std::string& url, const std::string& access_key,
                                           const std::string& secret_key) {
  const auto or_else = [](const std::string& option, std::initializer_list<const char*> names) {
    return option.empty() ? firstSet(names) : option;
  };
  Ec2Access access{or_else(url, {"EC2_URL"}), access_key, secret_key};
  if (access.url.empty()) {
    if (access_key.empty() && secret_key.empty()) return std::optional<Ec2Access>{};
    return usageError("-I and -S go with an EC2 endpoint; name it by -U or EC2_URL");
  }
  access.access_key =
      or_else(access_key, {"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "EC2_ACCESS_KEY"});
  access.secret_key =
      or_else(secret_key, {"AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "EC2_SECRET_KEY"});
  if (!access.access_key.empty() && !access.secret_key.empty()) return std::optional(access);
  return usageError(fmt::format(
      "EC2 at {} needs a key pair: -I and -S, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
      access.url));
}

Result<json::object> callEc2(const Ec2Access& access, std::string_view method,
                             const json::object& parameters) {
  if (method == "group.describe") return groupsByEc2(access, parameters);
  if (method == "address.describe") return addressesByEc2(access, parameters);
  if (method == "instance.describe") return instancesByEc2(access, parameters);
  if (method == "group.authorize") {
    return changePermissions(access, "Authorize", parameters);
  }
  if (method == "group.revoke") {
    return changePermissions(access, "Revoke", parameters);
  }
  if (method == "group.create") {
    return change(access, "CreateSecurityGroup",
                  {{"GroupName", field(parameters, "name")},
                   {"GroupDescription", field(parameters, "description")}});
  }
  if (method == "group.delete") {
    Query query;
    nameGroup(query, "", field(parameters, "group"));
    return change(access, "DeleteSecurityGroup", std::move(query));
  }
  if (method == "address.allocate") return change(access, "AllocateAddress", {});
  const Query address{{"PublicIp", field(parameters, "address")}};
  if (method == "address.release") return change(access, "ReleaseAddress", address);
  if (method == "address.disassociate") return change(access, "DisassociateAddress", address);
  if (method == "address.associate") {
    // Only the form with an allocation id is asked whether the address may move.
    Query query{{"InstanceId", field(parameters, "instance_id")}};
    const auto* const moves = parameters.if_contains("allow_reassociation");
    if (moves != nullptr && moves->as_bool()) {
      query.merge(Query(address));
    } else {
      query["AllocationId"] = anyAllocationId(field(parameters, "address"));
    }
    return change(access, "AssociateAddress", std::move(query));
  }
  throw std::logic_error("no such method for EC2");
}

}  // namespace netctl::cli
