#include "netctl/ec2/actions.h"
#include "netctl/ec2/groups.h"
#include "netctl/ec2/permission_parameters.h"
#include "netctl/ec2/rules.h"

/// Changes of rules that are there: into others, and of what they are for.
namespace netctl::ec2 {
namespace {

/// `SecurityGroupRuleDescription.N`: rules by their ids, each with a note.
Result<std::vector<cloud::PermissionRequest>> readDescriptions(const Call& call,
                                                               const std::string& name,
                                                               cloud::Direction direction) {
  std::vector<cloud::PermissionRequest> requests;
  const auto group = cloud::findGroup(call.cloud(), call.account.id, name);
  if (!group) return group.error();
  for (const auto& item : call.parameters.structures("SecurityGroupRuleDescription")) {
    const auto& id = item.required("SecurityGroupRuleId");
    if (id.empty()) continue;
    auto request = requestOfRule(call, **group, direction, id);
    if (!request) return request.error();
    request->note = item.text("Description");
    requests.push_back(*std::move(request));
  }
  return requests;
}

Result<Step> describeRules(const Call& call, cloud::Direction direction) {
  cloud::NotePermissions command{.owner = call.owner(), .group = readGroup(call)};
  if (call.parameters.hasAny("SecurityGroupRuleDescription")) {
    auto requests = readDescriptions(call, command.group, direction);
    if (!requests) return requests.error();
    command.permissions = *std::move(requests);
  } else {
    command.permissions = readPermissions(call, direction).permissions;
  }
  return Change{.command = std::move(command), .answer = alwaysTrue()};
}

}  // namespace

Result<Step> modifySecurityGroupRules(const Call& call) {
  cloud::ModifyPermissions command{.owner = call.owner(),
                                   .group = readGroupId(call.parameters, "GroupId")};
  (void)call.parameters.required("GroupId");
  const auto items = call.parameters.structures("SecurityGroupRule");
  if (items.empty()) call.parameters.missing("SecurityGroupRule");
  for (const auto& item : items) {
    const auto& id = item.required("SecurityGroupRuleId");
    command.modifications.push_back({id, readRule(call, item.structure("SecurityGroupRule"))});
  }
  return Change{.command = std::move(command), .answer = alwaysTrue()};
}

Result<Step> updateSecurityGroupRuleDescriptionsIngress(const Call& call) {
  return describeRules(call, cloud::Direction::Ingress);
}

Result<Step> updateSecurityGroupRuleDescriptionsEgress(const Call& call) {
  return describeRules(call, cloud::Direction::Egress);
}

}  // namespace netctl::ec2
