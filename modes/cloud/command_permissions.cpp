#include "modes/cloud/command_support.h"
#include "modes/cloud/rule_ids.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

namespace netctl::cloud {
namespace {

/// The group that a source names. By id it may be any account's, which `owner` must match where it
/// is given.
Result<Ref<Group>> findSource(Cloud& cloud, const Account& caller, const GroupReference& source) {
  auto owner = caller.id;
  if (!source.owner.empty()) {
    const auto account = findAccount(cloud, source.owner);
    if (!account) return account.error();
    owner = (*account)->id;
  } else if (isGroupId(source.group)) {
    if (const auto group = groupOfAnyone(cloud, GroupId{source.group})) owner = group->owner;
  }
  return findOrMakeGroup(cloud, owner, source.group);
}

void checkMatches(const PermissionRequest& request, const std::string& where, Faults& faults) {
  const bool has_ports = request.protocol == net::kTcp || request.protocol == net::kUdp;
  if (has_ports && request.ports.first > request.ports.last) {
    faults.add(where + ".from_port",
               invalid(fmt::format("Invalid TCP/UDP port range ({}:{}); the first port must not be "
                                   "above the last",
                                   request.ports.first, request.ports.last)));
  }
  if (!has_ports && request.ports != net::PortRange{}) {
    faults.add(where + ".from_port", invalid(fmt::format("protocol {} has no ports; leave them out",
                                                         net::format(request.protocol))));
  }
  if (request.protocol != net::kIcmp && request.icmp != net::IcmpMatch{}) {
    faults.add(where + ".icmp_type",
               invalid(fmt::format("protocol {} has no ICMP type and code; leave them out",
                                   net::format(request.protocol))));
  } else if (request.icmp.code && !request.icmp.type) {
    faults.add(where + ".icmp_code",
               invalid("an ICMP code needs its type; give icmp_type too, or leave both out"));
  }
}

/// Single permissions, each with what it bears.
using Detailed = std::map<Permission, PermissionDetails>;

Error alreadyThere() {
  return conflict("InvalidPermission.Duplicate",
                  "the specified rule already exists, or is asked for twice");
}

Error notThere() {
  return notFound("InvalidPermission.NotFound",
                  "The specified rule does not exist in this security group.");
}

/// What the requests stand for. `twice` becomes true where they ask for a permission twice.
Detailed expand(Cloud& cloud, const Account& caller, const std::vector<PermissionRequest>& requests,
                Faults& faults, bool& twice) {
  Detailed permissions;
  if (requests.empty()) {
    faults.add("permissions", Error{ErrorCode::InvalidArgument, "MissingParameter",
                                    "The request must contain at least one permission"});
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& request = requests[i];
    const auto where = fmt::format("permissions[{}]", i);
    checkMatches(request, where, faults);
    const auto add = [&](PermissionSource source) {
      const Permission one{request.protocol, request.ports, request.icmp, std::move(source),
                           request.direction};
      twice =
          !permissions.try_emplace(one, PermissionDetails{request.note, {}, request.resource_tags})
               .second ||
          twice;
    };
    faults.check(where + ".note", checkDescription(request.note));
    checkResourceTags(request.resource_tags, faults);
    if (request.cidrs.empty() && request.ipv6_cidrs.empty() && request.groups.empty() &&
        request.prefix_lists.empty()) {
      faults.add(where + ".cidrs", Error{ErrorCode::InvalidArgument, "MissingParameter",
                                         "a permission needs a source: cidrs, groups or "
                                         "prefix_lists; for everybody write the CIDR 0.0.0.0/0"});
    }
    for (const auto& cidr : request.cidrs) add(net::prefixOf(cidr.address, cidr.length));
    for (const auto& cidr : request.ipv6_cidrs) add(cidr);
    for (std::size_t j = 0; j < request.prefix_lists.size(); ++j) {
      const auto list = findPrefixList(cloud, caller.id, request.prefix_lists[j]);
      if (faults.check(fmt::format("{}.prefix_lists[{}]", where, j), list)) add((*list)->id);
    }
    for (std::size_t j = 0; j < request.groups.size(); ++j) {
      const auto group = findSource(cloud, caller, request.groups[j]);
      if (faults.check(fmt::format("{}.groups[{}]", where, j), group)) add((*group)->id);
    }
  }
  return permissions;
}

/// Nothing is kept of a permission that bears nothing.
void setDetails(Group& group, const Permission& permission, PermissionDetails details) {
  if (details == PermissionDetails{}) {
    group.details.erase(permission);
  } else {
    group.details[permission] = std::move(details);
  }
}

/// A group of the command's account and the permissions that it is about.
struct Target {
  Ref<Group> group;
  Detailed permissions;
  bool twice = false;
};

Result<Target> resolve(Cloud& cloud, std::string_view owner, std::string_view group,
                       const std::vector<PermissionRequest>& requests) {
  Faults faults;
  const auto account = findAccount(cloud, owner);
  if (!faults.check("owner", account)) return faults.error();
  const auto found = findOrMakeGroup(cloud, (*account)->id, group);
  faults.check("group", found);
  bool twice = false;
  auto permissions = expand(cloud, **account, requests, faults, twice);
  if (!faults.empty()) return faults.error();
  return Target{*found, std::move(permissions), twice};
}

}  // namespace

Result<Outcome> execute(Cloud& cloud, const Authorize& command) {
  const auto target = resolve(cloud, command.owner, command.group, command.permissions);
  if (!target) return target.error();
  if (command.only_new && target->twice) return alreadyThere();
  auto group = *target->group;
  RememberedIds ids(group);
  for (auto [permission, details] : target->permissions) {
    if (!group.permissions.insert(permission).second) {
      if (command.only_new) return alreadyThere();
      continue;
    }
    details.rule_id = ids.add(permission);
    setDetails(group, permission, std::move(details));
  }
  if (group.permissions.size() != target->group->permissions.size()) {
    Faults faults;
    for (const auto direction : {Direction::Ingress, Direction::Egress}) {
      const auto count = permissionsOf(group, direction);
      if (count == permissionsOf(*target->group, direction)) continue;
      checkLimit(cloud, group.owner, Limit::Permissions, count, faults);
    }
    if (!faults.empty()) return faults.error();
    cloud.put(std::move(group));
  }
  return Outcome{.object = target->group->id};
}

Result<Outcome> execute(Cloud& cloud, const Revoke& command) {
  const auto target = resolve(cloud, command.owner, command.group, command.permissions);
  if (!target) return target.error();
  auto group = *target->group;
  std::size_t absent = 0;
  for (const auto& [permission, details] : target->permissions) {
    if (group.permissions.erase(permission) == 0) ++absent;
    group.details.erase(permission);
  }
  const bool none = absent == target->permissions.size();
  if ((command.absent == Absent::Refused && absent > 0) ||
      (command.absent == Absent::NotAll && none)) {
    return notThere();
  }
  if (!none) {
    cloud.put(std::move(group));
  } else {
    // A default group made on the way would make a change of a revoke that found nothing.
    cloud.undo(cloud.takeChanges());
  }
  Outcome outcome{.keep_flows = command.keep_flows};
  if (cloud.group(target->group->id)) outcome.object = target->group->id;
  return outcome;
}

Result<Outcome> execute(Cloud& cloud, const ModifyPermissions& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  const auto found = findGroup(cloud, (*account)->id, command.group);
  if (!faults.check("group", found)) return faults.error();
  auto group = **found;
  for (std::size_t i = 0; i < command.modifications.size(); ++i) {
    const auto& [id, request] = command.modifications[i];
    const auto where = fmt::format("modifications[{}]", i);
    const auto* const found_rule = permissionOfRule(group, id);
    if (found_rule == nullptr) {
      faults.add(where + ".rule_id", noSuchRule(id));
      continue;
    }
    const auto former = *found_rule;
    auto meant = request;
    meant.direction = former.direction;
    bool twice = false;
    const auto permissions = expand(cloud, **account, {meant}, faults, twice);
    if (!faults.empty()) break;
    if (permissions.size() != 1) {
      faults.add(where,
                 invalid("a rule has one source; name one CIDR, one group or one prefix list"));
      break;
    }
    const auto& permission = permissions.begin()->first;
    auto details = group.details[former];
    details.note = request.note;
    if (permission != former) details.rule_id = id;
    group.details.erase(former);
    group.permissions.erase(former);
    if (!group.permissions.insert(permission).second) return alreadyThere();
    if (details.rule_id == ruleId(group, permission)) details.rule_id.clear();
    setDetails(group, permission, std::move(details));
  }
  if (!faults.empty()) return faults.error();
  const auto id = group.id;
  if (group != **found) cloud.put(std::move(group));
  return Outcome{.object = id};
}

Result<Outcome> execute(Cloud& cloud, const NotePermissions& command) {
  const auto target = resolve(cloud, command.owner, command.group, command.permissions);
  if (!target) return target.error();
  auto group = *target->group;
  for (const auto& [permission, asked] : target->permissions) {
    if (!group.permissions.contains(permission)) return notThere();
    auto details = group.details[permission];
    details.note = asked.note;
    setDetails(group, permission, std::move(details));
  }
  const auto id = group.id;
  if (group != *target->group) cloud.put(std::move(group));
  return Outcome{.object = id};
}

}  // namespace netctl::cloud
