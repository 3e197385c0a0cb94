#include "netctl/ec2/permission_parameters.h"

#include "netctl/ec2/actions.h"
#include "netctl/ec2/groups.h"
#include "netctl/ec2/listing.h"
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
    for (const auto& list : request.prefix_lists) add(cloud::PrefixListId{list});
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

/// `SecurityGroupRuleId.N` of one group.
Result<std::vector<PermissionRequest>> readRules(const Call& call, const cloud::Group& group,
                                                 cloud::Direction direction,
                                                 const std::vector<std::string>& ids) {
  std::vector<PermissionRequest> requests;
  for (const auto& id : ids) {
    auto request = requestOfRule(call, group, direction, id);
    if (!request) return request.error();
    requests.push_back(*std::move(request));
  }
  return requests;
}

Result<Step> authorize(const Call& call, cloud::Direction direction) {
  const auto group = readGroup(call);
  auto asked = readPermissions(call, direction);
  const auto tags = readTagSpecifications(call.parameters, "security-group-rule");
  for (auto& permission : asked.permissions) permission.resource_tags = tags;
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
