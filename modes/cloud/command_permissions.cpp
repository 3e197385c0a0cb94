#include "modes/cloud/command_support.h"
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
    if (const auto group = cloud.group(GroupId{source.group})) owner = group->owner;
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

/// The single permissions that the requests stand for.
std::set<Permission> expand(Cloud& cloud, const Account& caller,
                            const std::vector<PermissionRequest>& requests, Faults& faults) {
  std::set<Permission> permissions;
  if (requests.empty()) {
    faults.add("permissions", Error{ErrorCode::InvalidArgument, "MissingParameter",
                                    "The request must contain at least one permission"});
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& request = requests[i];
    const auto where = fmt::format("permissions[{}]", i);
    checkMatches(request, where, faults);
    const auto add = [&](PermissionSource source) {
      permissions.insert({request.protocol, request.ports, request.icmp, std::move(source)});
    };
    if (request.cidrs.empty() && request.groups.empty()) {
      faults.add(where + ".cidrs", Error{ErrorCode::InvalidArgument, "MissingParameter",
                                         "a permission needs a source: cidrs or groups; for "
                                         "everybody write the CIDR 0.0.0.0/0"});
    }
    for (const auto& cidr : request.cidrs) add(net::prefixOf(cidr.address, cidr.length));
    for (std::size_t j = 0; j < request.groups.size(); ++j) {
      const auto group = findSource(cloud, caller, request.groups[j]);
      if (faults.check(fmt::format("{}.groups[{}]", where, j), group)) add((*group)->id);
    }
  }
  return permissions;
}

/// A group of the command's account and the permissions that it is about.
struct Target {
  Ref<Group> group;
  std::set<Permission> permissions;
};

Result<Target> resolve(Cloud& cloud, std::string_view owner, std::string_view group,
                       const std::vector<PermissionRequest>& requests) {
  Faults faults;
  const auto account = findAccount(cloud, owner);
  if (!faults.check("owner", account)) return faults.error();
  const auto found = findOrMakeGroup(cloud, (*account)->id, group);
  faults.check("group", found);
  auto permissions = expand(cloud, **account, requests, faults);
  if (!faults.empty()) return faults.error();
  return Target{*found, std::move(permissions)};
}

}  // namespace

Result<Outcome> execute(Cloud& cloud, const Authorize& command) {
  auto target = resolve(cloud, command.owner, command.group, command.permissions);
  if (!target) return target.error();
  auto group = *target->group;
  group.permissions.merge(target->permissions);
  if (group.permissions.size() != target->group->permissions.size()) cloud.put(std::move(group));
  return Outcome{.object = target->group->id};
}

Result<Outcome> execute(Cloud& cloud, const Revoke& command) {
  const auto target = resolve(cloud, command.owner, command.group, command.permissions);
  if (!target) return target.error();
  auto group = *target->group;
  for (const auto& permission : target->permissions) group.permissions.erase(permission);
  if (group.permissions.size() != target->group->permissions.size()) {
    cloud.put(std::move(group));
  } else {
    // A default group made on the way would make a change of a revoke that found nothing.
    cloud.undo(cloud.takeChanges());
  }
  Outcome outcome{.keep_flows = command.keep_flows};
  if (cloud.group(target->group->id)) outcome.object = target->group->id;
  return outcome;
}

}  // namespace netctl::cloud
