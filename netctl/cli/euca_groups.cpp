#include "netctl/cli/euca_commands.h"
#include "netctl/cli/euca_filters.h"
#include "netctl/cli/euca_values.h"
#include "netctl/cli/option_words.h"
#include "netctl/cli/permission_options.h"

#include <netdb.h>

#include <fmt/format.h>
#include <boost/json.hpp>
#include <boost/program_options.hpp>

#include <algorithm>

namespace netctl::cli {
namespace {

namespace json = boost::json;
namespace options = boost::program_options;

/// The protocol as EC2 knows it.
std::string ec2Protocol(const std::string& protocol) {
  return protocol == "all" ? "-1" : protocol;
}

/// FromPort and ToPort as EC2 knows them: ports, or ICMP's type and code; nothing for other
/// protocols.
std::vector<std::string> ec2Ports(const json::object& permission) {
  if (permission.contains("from_port")) {
    return {field(permission, "from_port"), field(permission, "to_port")};
  }
  if (field(permission, "protocol") != "icmp") return {"", ""};
  const auto or_any = [&](std::string_view key) {
    const auto value = field(permission, key);
    return value.empty() ? "-1" : value;
  };
  return {or_any("icmp_type"), or_any("icmp_code")};
}

std::vector<std::string> append(std::vector<std::string> fields,
                                const std::vector<std::string>& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

/// One PERMISSION line per source, as euca-describe-groups prints them.
std::string permissionLines(const EucaSession& session, const std::string& owner,
                            const std::string& group, const json::object& permission) {
  const bool is_egress = field(permission, "direction") == "egress";
  const auto* const preposition = is_egress ? "TO" : "FROM";
  const auto* const direction = is_egress ? "egress" : "ingress";
  const auto head =
      append({"PERMISSION", owner, group, "ALLOWS", ec2Protocol(field(permission, "protocol"))},
             ec2Ports(permission));
  std::string text;
  if (const auto* groups = permission.if_contains("groups")) {
    for (const auto& source : groups->as_array()) {
      const auto& object = source.as_object();
      text += session.line(
          append(head, {preposition, "USER", field(object, "owner_id"), "NAME",
                        field(object, "group"), "ID", field(object, "group_id"), direction}));
    }
  }
  if (const auto* cidrs = permission.if_contains("cidrs")) {
    for (const auto& cidr : cidrs->as_array()) {
      text += session.line(
          append(head, {preposition, "CIDR", std::string(cidr.as_string()), direction}));
    }
  }
  if (const auto* lists = permission.if_contains("prefix_lists")) {
    for (const auto& list : lists->as_array()) {
      text += session.line(
          append(head, {preposition, "PREFIXLIST", std::string(list.as_string()), direction}));
    }
  }
  return text;
}

/// A service's port by name (/etc/services), where -p is not a number.
std::string portText(const std::string& text, const std::string& protocol) {
  const auto* service = getservbyname(text.c_str(), protocol.c_str());
  return service == nullptr ? text : std::to_string(ntohs(service->s_port));
}

/// Ports or ICMP type and code of -p and -t, with the refusals of the original.
Result<void> readTransport(const EucaValues& values, const std::string& protocol,
                           json::object& permission) {
  const auto ports = optionText(values, "port-range");
  const auto icmp = optionText(values, "icmp-type-code");
  if (protocol == "icmp" || protocol == "1") {
    if (!ports.empty()) return usageError("-p does not go with icmp; use -t TYPE:CODE");
    return readIcmp(icmp.empty() ? "-1:-1" : icmp, permission);
  }
  if (!icmp.empty()) return usageError("-t goes with -P icmp only");
  const bool has_ports =
      protocol == "tcp" || protocol == "udp" || protocol == "6" || protocol == "17";
  if (!has_ports) {
    return ports.empty() ? Result<void>{} : usageError("-p goes with tcp and udp only");
  }
  if (ports.empty()) return usageError("-p PORT is needed with tcp and udp");
  if (ports == "-1") return readPorts("1-65535", permission);
  return readPorts(portText(ports, protocol == "17" ? "udp" : protocol), permission);
}

/// The permission that the options describe. A source group stands alone: without it the source is
/// -s, by default everybody.
Result<json::object> readPermission(const EucaValues& values) {
  const auto given = optionText(values, "protocol");
  const auto protocol = given == "-1" ? "all" : given;
  json::object permission{{"protocol", protocol}};
  if (auto read = readTransport(values, protocol, permission); !read) return read.error();
  const auto group = optionText(values, "source-group");
  const auto cidr = optionText(values, "source-subnet");
  const auto owner = optionText(values, "source-group-user");
  if (group.empty()) {
    if (!owner.empty()) return usageError("-u goes with -o");
    permission["cidrs"] = json::array{json::value(cidr.empty() ? "0.0.0.0/0" : cidr)};
    return permission;
  }
  if (!cidr.empty()) return usageError("-o and -s: only one of them");
  if (owner.empty() && !group.starts_with("sg-")) {
    return usageError("-o needs the source group's account, -u ACCOUNT");
  }
  json::object source{{"group", group}};
  if (!owner.empty()) source["owner"] = owner;
  permission["groups"] = json::array{std::move(source)};
  return permission;
}

Result<std::string> changePermission(const EucaSession& session, const EucaValues& values,
                                     std::string_view method, const Error& unchanged) {
  const auto group = onlyName(values, "group");
  if (!group) return group.error();
  auto permission = readPermission(values);
  if (!permission) return permission.error();
  const bool is_egress = values["egress"].as<bool>();
  if (is_egress) (*permission)["direction"] = "egress";
  const auto answer =
      session.call(method, {{"group", *group}, {"permissions", json::array{*permission}}});
  if (!answer) return answer.error();
  if (!answer->at("changed").as_bool()) return unchanged;
  auto line = append({"PERMISSION", *group, "ALLOWS", ec2Protocol(field(*permission, "protocol"))},
                     ec2Ports(*permission));
  if (const auto* groups = permission->if_contains("groups")) {
    const auto& source = groups->as_array().front().as_object();
    const auto name = field(source, "group");
    if (source.contains("owner")) line = append(line, {"USER", field(source, "owner")});
    line = append(line, {name.starts_with("sg-") ? "ID" : "NAME", name});
  } else {
    line = append(line, {is_egress ? "TO" : "FROM", "CIDR",
                         std::string(permission->at("cidrs").as_array().front().as_string())});
  }
  return session.line({"GROUP", *group}) + session.line(line);
}

}  // namespace

void noOptions(EucaOptions& /*description*/) {}

void filterOptions(EucaOptions& description) {
  description.add_options()("filter", options::value<std::vector<std::string>>()->composing(),
                            "NAME=VALUE; * and ? stand for anything");
}

void createGroupOptions(EucaOptions& description) {
  description.add_options()("description,d", options::value<std::string>(), "what it is for")(
      "vpc,c", options::value<std::string>(), "refused: there are no VPCs");
}

void permissionOptions(EucaOptions& description) {
  description.add_options()("egress", options::bool_switch(),
                            "what instances may send, in place of what may come to "
                            "them")(
      "protocol,P", options::value<std::string>()->default_value("tcp"),
      "tcp, udp, icmp, all or a number")("port-range,p", options::value<std::string>(),
                                         "a port, a range as 80-90, or a service's name")(
      "icmp-type-code,t", options::value<std::string>(), "TYPE:CODE, -1 is any")(
      "source-subnet,s", options::value<std::string>(), "CIDR; without it 0.0.0.0/0")(
      "source-group,o", options::value<std::string>(), "a group instead of a CIDR")(
      "source-group-user,u", options::value<std::string>(), "account of that group");
}

Result<std::string> createGroup(const EucaSession& session, const EucaValues& values) {
  if (values.count("vpc") > 0) {
    return Error{ErrorCode::NotFound, "InvalidVpcID.NotFound",
                 fmt::format("The vpc ID '{}' does not exist", optionText(values, "vpc"))};
  }
  const auto name = onlyName(values, "name");
  if (!name) return name.error();
  if (values.count("description") == 0) return usageError("-d DESCRIPTION is needed");
  const auto description = optionText(values, "description");
  const auto answer = session.call("group.create", {{"name", *name}, {"description", description}});
  if (!answer) return answer.error();
  if (!answer->at("changed").as_bool()) {
    return Error{ErrorCode::Conflict, "InvalidGroup.Duplicate",
                 fmt::format("The security group '{}' already exists", *name)};
  }
  return session.line({"GROUP", field(*answer, "group_id"), *name, description});
}

Result<std::string> deleteGroup(const EucaSession& session, const EucaValues& values) {
  const auto group = onlyName(values, "group");
  if (!group) return group.error();
  const auto answer = session.call("group.delete", {{"group", *group}});
  if (!answer) return answer.error();
  if (!answer->at("changed").as_bool()) {
    return Error{ErrorCode::NotFound, "InvalidGroup.NotFound",
                 fmt::format("The security group '{}' does not exist", *group)};
  }
  return session.line({"RETURN", "true"});
}

Result<std::string> describeGroups(const EucaSession& session, const EucaValues& values) {
  const auto filters =
      Filters::parse(values, {"group-id", "group-name", "owner-id", "description"});
  if (!filters) return filters.error();
  json::object parameters;
  if (const auto wanted = names(values); !wanted.empty()) {
    parameters["names"] = json::array(wanted.begin(), wanted.end());
  }
  const auto answer = session.call("group.describe", parameters);
  if (!answer) return answer.error();
  std::string text;
  for (const auto& entry : items(*answer, "groups")) {
    const auto& group = entry.as_object();
    const auto id = field(group, "group_id");
    const auto owner = field(group, "owner_id");
    const auto name = field(group, "name");
    const auto description = field(group, "description");
    if (!filters->match({{"group-id", id},
                         {"group-name", name},
                         {"owner-id", owner},
                         {"description", description}})) {
      continue;
    }
    text += session.line({"GROUP", id, owner, name, description, ""});
    for (const auto& permission : items(group, "permissions")) {
      text += permissionLines(session, owner, name, permission.as_object());
    }
  }
  return text;
}

Result<std::string> authorize(const EucaSession& session, const EucaValues& values) {
  return changePermission(
      session, values, "group.authorize",
      {ErrorCode::Conflict, "InvalidPermission.Duplicate", "the specified rule already exists"});
}

Result<std::string> revoke(const EucaSession& session, const EucaValues& values) {
  return changePermission(session, values, "group.revoke",
                          {ErrorCode::NotFound, "InvalidPermission.NotFound",
                           "The specified rule does not exist in this security group."});
}

}  // namespace netctl::cli
