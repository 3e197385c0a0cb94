#include "netctl/ec2/groups.h"

#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/fresh.h"
#include "netctl/api/references.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/default_vpc.h"
#include "netctl/ec2/listing.h"
#include "netctl/ec2/rules.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace netctl::ec2 {
namespace {

using cloud::Group;
using cloud::Ref;

constexpr std::string_view kDefault = "default";

/// Whom DescribeSecurityGroups names.
struct GroupQuery {
  std::set<std::string> names;
  std::set<std::string> ids;
};

/// Adds a filter by a value of each permission of a direction; an empty one is none.
void addPermissionFilter(FilterTable<Group>& table, cloud::Direction direction,
                         std::string_view name,
                         std::function<std::string(const Group&, const cloud::Permission&)> value) {
  const bool is_egress = direction == cloud::Direction::Egress;
  table.emplace(fmt::format("{}ip-permission.{}", is_egress ? "egress." : "", name),
                [direction, value = std::move(value)](const Group& group, Values& values) {
                  for (const auto& permission : group.permissions) {
                    if (permission.direction != direction) continue;
                    if (auto text = value(group, permission); !text.empty()) {
                      values.push_back(std::move(text));
                    }
                  }
                });
}

/// Of a prefix of that sort; empty of other sources.
template <class Prefix>
std::string cidrOf(const Group& /*group*/, const cloud::Permission& permission) {
  const auto* const cidr = std::get_if<Prefix>(&permission.source);
  return cidr != nullptr ? net::format(*cidr) : std::string();
}

void addPermissionFilters(const cloud::Cloud& cloud, cloud::Direction direction,
                          FilterTable<Group>& table) {
  const auto add = [&](std::string_view name, auto value) {
    addPermissionFilter(table, direction, name, std::move(value));
  };
  add("cidr", cidrOf<net::Ipv4Prefix>);
  add("ipv6-cidr", cidrOf<net::Ipv6Prefix>);
  add("prefix-list-id", [](const Group&, const cloud::Permission& permission) {
    const auto* const list = std::get_if<cloud::PrefixListId>(&permission.source);
    return list != nullptr ? list->value : std::string();
  });
  add("protocol", [](const Group&, const cloud::Permission& permission) {
    return protocolText(permission.protocol);
  });
  add("from-port", [](const Group&, const cloud::Permission& permission) {
    const auto ports = portsOf(permission);
    return ports ? std::to_string(ports->first) : std::string();
  });
  add("to-port", [](const Group&, const cloud::Permission& permission) {
    const auto ports = portsOf(permission);
    return ports ? std::to_string(ports->second) : std::string();
  });
  const auto add_by_group = [&](std::string_view name, auto value) {
    add(name, [&cloud, value](const Group& group, const cloud::Permission& permission) {
      const auto* const id = std::get_if<cloud::GroupId>(&permission.source);
      const auto source = id != nullptr ? cloud.group(*id) : nullptr;
      return source ? value(group, *source) : std::string();
    });
  };
  add_by_group("group-id", [](const Group&, const Group& source) { return source.id.value; });
  add_by_group("user-id", [](const Group&, const Group& source) { return source.owner.value; });
  // The name of another account's group is not to be found out.
  add_by_group("group-name", [](const Group& group, const Group& source) {
    return source.owner == group.owner ? source.name : std::string();
  });
}

FilterTable<Group> groupFilters(const cloud::Cloud& cloud) {
  FilterTable<Group> table{
      {"group-id", [](const Group& group, Values& values) { values.push_back(group.id.value); }},
      {"group-name", [](const Group& group, Values& values) { values.push_back(group.name); }},
      {"description",
       [](const Group& group, Values& values) { values.push_back(group.description); }},
      {"owner-id", [](const Group& group, Values& values) { values.push_back(group.owner.value); }},
      {"vpc-id",
       [&cloud](const Group& group, Values& values) {
         values.push_back(vpcOf(cloud.settings(), group.owner));
       }},
  };
  addPermissionFilters(cloud, cloud::Direction::Ingress, table);
  addPermissionFilters(cloud, cloud::Direction::Egress, table);
  addTagFilters<Group>(
      table, [](const Group& group) -> const cloud::ResourceTags& { return group.resource_tags; });
  return table;
}

using GroupsById = std::map<std::string, Ref<Group>>;

GroupsById allGroups(const cloud::Cloud& cloud, const cloud::AccountId& owner) {
  GroupsById groups;
  for (const auto& [name, id] : cloud.groupsOf(owner)) groups.emplace(id.value, cloud.group(id));
  const auto usual = cloud::defaultGroup(cloud, owner);  // of every account, named yet or not
  groups.emplace(usual->id.value, usual);
  return groups;
}

/// NotFound that names all that are not there.
Result<GroupsById> namedGroups(const cloud::Cloud& cloud, const cloud::AccountId& owner,
                               const GroupQuery& query) {
  GroupsById groups;
  std::vector<std::string> absent;
  for (const auto* const wanted : {&query.names, &query.ids}) {
    for (const auto& one : *wanted) {
      const auto found = cloud::findGroup(cloud, owner, one);
      if (found) {
        groups.emplace((*found)->id.value, *found);
      } else if (found.error().code == ErrorCode::NotFound) {
        absent.push_back(one);
      } else {
        return found.error();
      }
    }
  }
  if (absent.empty()) return groups;
  if (absent.size() == 1) return noSuchGroup(absent[0]);
  return Error{ErrorCode::NotFound, "InvalidGroup.NotFound",
               fmt::format("The security groups '{}' do not exist", fmt::join(absent, ", "))};
}

void writeGroup(XmlWriter& xml, const cloud::Cloud& cloud, const Group& group) {
  xml.text("ownerId", group.owner.value)
      .text("groupId", group.id.value)
      .text("groupName", group.name)
      .text("groupDescription", group.description);
  if (const auto vpc = vpcOf(cloud.settings(), group.owner); !vpc.empty()) xml.text("vpcId", vpc);
  writeIpPermissions(xml, cloud, group);
  writeTags(xml, group.resource_tags);
}

/// Those that are asked for by name cost nothing of the others.
Result<GroupsById> groupsAskedFor(const cloud::Cloud& cloud, const cloud::AccountId& owner,
                                  const GroupQuery& query) {
  if (query.names.empty() && query.ids.empty()) return allGroups(cloud, owner);
  return namedGroups(cloud, owner, query);
}

Result<Elements> answerCreate(const cloud::CreateGroup& command, const cloud::Outcome& outcome) {
  if (!outcome.changed) {
    return Error{ErrorCode::Conflict, "InvalidGroup.Duplicate",
                 fmt::format("The security group {} already exists", quote(command.name))};
  }
  XmlWriter xml;
  xml.flag("return", true).text("groupId", std::get<cloud::GroupId>(outcome.object).value);
  writeTags(xml, command.resource_tags);
  return xml.take();
}

}  // namespace

Error noSuchGroup(std::string_view group) {
  return {ErrorCode::NotFound, "InvalidGroup.NotFound",
          fmt::format("The security group {} does not exist", quote(group))};
}

std::string readGroupId(const Parameters& parameters, std::string_view name) {
  const auto& id = parameters.text(name);
  if (!id.empty()) parameters.check(name, api::parseGroupId(id));
  return id;
}

std::string readGroup(const Call& call) {
  // Beside an id the name says nothing.
  (void)call.parameters.text("GroupName");
  if (call.parameters.has("GroupId")) return readGroupId(call.parameters, "GroupId");
  return call.parameters.required("GroupName");
}

Result<Step> createSecurityGroup(const Call& call) {
  const auto& parameters = call.parameters;
  checkVpc(call.cloud().settings(), call.account.id, parameters, "VpcId");
  cloud::CreateGroup command{.owner = call.owner(),
                             .name = parameters.required("GroupName"),
                             .description = parameters.required("GroupDescription"),
                             .fresh_id = api::drawFresh().group,
                             .resource_tags = readTagSpecifications(parameters, "security-group")};
  return Change{
      .command = command,
      .answer = [command](const controller::View&,
                          const cloud::Outcome& outcome) { return answerCreate(command, outcome); },
      .again = [command]() mutable -> cloud::Command {
        command.fresh_id = api::drawFresh().group;
        return command;
      }};
}

Result<Step> deleteSecurityGroup(const Call& call) {
  const auto group = readGroup(call);
  return Change{.command = cloud::DeleteGroup{call.owner(), group},
                .answer = trueIfChanged(noSuchGroup(group))};
}

Result<Step> describeSecurityGroups(const Call& call) {
  const auto& parameters = call.parameters;
  const auto& cloud = call.cloud();
  const auto table = groupFilters(cloud);
  const auto filters = Filters::read(parameters, table, true);
  const auto page = Page::read(parameters);
  GroupQuery query;
  for (const auto& name : parameters.list("GroupName")) query.names.insert(name);
  for (const auto& id : parameters.list("GroupId")) {
    parameters.check("GroupId", api::parseGroupId(id));
    query.ids.insert(id);
  }
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  const auto groups = groupsAskedFor(cloud, call.account.id, query);
  if (!groups) return groups.error();
  XmlWriter xml;
  writePage(
      xml, "securityGroupInfo", page, *groups,
      [&](const Ref<Group>& group) { return filters.hold(*group, table, group->resource_tags); },
      [&](const Ref<Group>& group) { writeGroup(xml, cloud, *group); });
  return Step{xml.take()};
}

}  // namespace netctl::ec2
