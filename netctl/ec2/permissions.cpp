#include "netctl/ec2/permission_parameters.h"

#include "modes/cloud/text_rules.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/groups.h"
#include "netctl/ec2/rules.h"

#include <fmt/format.h>

namespace netctl::ec2 {
namespace {

using cloud::Permission;
using cloud::PermissionRequest;

/// The single permissions that were asked for, as far as their sources are there.
std::vector<Permission> expand(const cloud::Cloud& cloud,
                               const std::vector<PermissionRequest>& requests) {
  std::vector<Permission> permissions;
  for (const auto& request : requests) {
    const auto add = [&](cloud::PermissionSource source) {
      permissions.push_back(
          {request.protocol, request.ports, request.icmp, std::move(source), request.direction});
    };
    for (const auto& cidr : request.cidrs) add(cidr);
    for (const auto& cidr : request.ipv6_cidrs) add(cidr);
    for (const auto& [owner, name] : request.groups) {
      const auto group = cloud::findGroup(cloud, cloud::AccountId{owner}, name);
      if (group) add((*group)->id);
    }
  }
  return permissions;
}

Result<Elements> answerAuthorize(const cloud::Cloud& cloud, const cloud::GroupId& id,
                                 const std::vector<PermissionRequest>& requests) {
  XmlWriter xml;
  xml.flag("return", true);
  if (const auto group = cloud.group(id)) {
    xml.list("securityGroupRuleSet", expand(cloud, requests),
             [&](const Permission& permission) { writeRule(xml, cloud, *group, permission); });
  }
  return xml.take();
}

/// The request that means exactly this permission.
PermissionRequest requestOf(const cloud::Cloud& cloud, const Permission& permission) {
  PermissionRequest request{.protocol = permission.protocol,
                            .ports = permission.ports,
                            .icmp = permission.icmp,
                            .direction = permission.direction};
  if (const auto* const prefix = std::get_if<net::Ipv4Prefix>(&permission.source)) {
    request.cidrs = {*prefix};
  } else if (const auto* const ipv6 = std::get_if<net::Ipv6Prefix>(&permission.source)) {
    request.ipv6_cidrs = {*ipv6};
  } else {
    const auto& id = std::get<cloud::GroupId>(permission.source);
    const auto group = cloud.group(id);
    request.groups = {{group ? group->owner.value : "", id.value}};
  }
  return request;
}

/// `SecurityGroupRuleId.N` of one group.
Result<std::vector<PermissionRequest>> readRules(const Call& call, const cloud::Group& group,
                                                 cloud::Direction direction,
                                                 const std::vector<std::string>& ids) {
  std::vector<PermissionRequest> requests;
  for (const auto& id : ids) {
    const auto at = std::ranges::find_if(group.permissions, [&](const auto& permission) {
      return permission.direction == direction && ruleId(group.id, permission) == id;
    });
    if (at == group.permissions.end()) return noSuchRule(id);
    requests.push_back(requestOf(call.cloud(), *at));
  }
  return requests;
}

Result<Step> authorize(const Call& call, cloud::Direction direction) {
  const auto group = readGroup(call);
  auto asked = readPermissions(call, direction);
  if (call.parameters.hasAny("TagSpecification")) {
    call.parameters.wrong("TagSpecification", "rules have no tags here; leave it out",
                          "UnsupportedOperation");
  }
  const auto permissions = asked.permissions;
  return Change{
      .command = cloud::Authorize{.owner = call.owner(),
                                  .group = group,
                                  .permissions = std::move(asked.permissions),
                                  .only_new = true},
      .answer = [permissions](const controller::View& view, const cloud::Outcome& outcome) {
        return answerAuthorize(view.cloud, std::get<cloud::GroupId>(outcome.object), permissions);
      }};
}

Result<Step> revoke(const Call& call, cloud::Direction direction) {
  const auto group = readGroup(call);
  cloud::Revoke command{.owner = call.owner(), .group = group, .permissions = {}};
  command.absent = cloud::Absent::Refused;
  if (const auto ids = call.parameters.list("SecurityGroupRuleId"); !ids.empty()) {
    const auto found = cloud::findGroup(call.cloud(), call.account.id, group);
    if (!found) return found.error();
    auto rules = readRules(call, **found, direction, ids);
    if (!rules) return rules.error();
    command.permissions = *std::move(rules);
  } else {
    auto asked = readPermissions(call, direction);
    command.permissions = std::move(asked.permissions);
    if (asked.everything) command.absent = cloud::Absent::NotAll;
  }
  return Change{.command = std::move(command), .answer = alwaysTrue()};
}

}  // namespace

Result<Step> authorizeSecurityGroupIngress(const Call& call) {
  return authorize(call, cloud::Direction::Ingress);
}

Result<Step> authorizeSecurityGroupEgress(const Call& call) {
  return authorize(call, cloud::Direction::Egress);
}

Result<Step> revokeSecurityGroupIngress(const Call& call) {
  return revoke(call, cloud::Direction::Ingress);
}

Result<Step> revokeSecurityGroupEgress(const Call& call) {
  return revoke(call, cloud::Direction::Egress);
}

}  // namespace netctl::ec2
