#include "modes/cloud/text_rules.h"
#include "netctl/api/listing.h"
#include "netctl/api/nouns.h"
#include "netctl/api/permissions.h"
#include "netctl/api/references.h"
#include "netctl/api/request.h"

#include <boost/json.hpp>

/// The noun `group`: group.create to group.revoke.
namespace netctl::api {
namespace {

namespace json = boost::json;
using controller::View;
using enum ParameterType;

constexpr Parameter kGroup{"group", String, false, "group, by name or id", R"("web")"};

json::object showGroup(const cloud::Cloud& cloud, const cloud::Group& group) {
  json::object result;
  result.reserve(8);
  result.emplace("group_id", group.id.value);
  result.emplace("group", group.name);
  result.emplace("name", group.name);
  addOwner(result, cloud, group.owner);
  result.emplace("description", group.description);
  result.emplace("tag", group.tag ? json::value(group.tag->value) : json::value(nullptr));
  result.emplace("permissions", showPermissions(cloud, group));
  return result;
}

/// The group; of one that is gone, what names it.
template <class Command>
json::object showGroupAfter(const View& view, const Command& done, const cloud::Outcome& outcome) {
  const auto* const id = std::get_if<cloud::GroupId>(&outcome.object);
  if (const auto group = id != nullptr ? view.cloud.group(*id) : nullptr) {
    return showGroup(view.cloud, *group);
  }
  auto result = showOwner(view.cloud, done.owner);
  if (id != nullptr) result["group_id"] = id->value;
  return result;
}

/// All groups, or those of one account with its `default`, which may not have been made yet. A node
/// host holds a part of the cloud only: there it would be a guess.
std::map<cloud::GroupId, cloud::Ref<cloud::Group>> groupsOf(const cloud::Cloud& cloud,
                                                            const Owned& by) {
  if (!by.owner) return cloud.groups();
  std::map<cloud::GroupId, cloud::Ref<cloud::Group>> groups;
  for (const auto& [name, id] : cloud.groupsOf(*by.owner)) groups.emplace(id, cloud.group(id));
  if (cloud.settings().host.role != cloud::Role::Node) {
    const auto usual = cloud::defaultGroup(cloud, *by.owner);
    groups.emplace(usual->id, usual);
  }
  return groups;
}

Method createGroup() {
  return {.name = "group.create",
          .help = "Makes a security group without permissions.",
          .parameters = {required(kOwner),
                         {"name", String, true,
                          "unique in the account, 1 to 255 printable ASCII characters, not "
                          "`sg-...`",
                          R"("db")"},
                         {"description", String, true, "up to 255 characters", R"("databases")"},
                         kDryRun},
          .positional = "name",
          .result = "the group",
          .example = R"({"owner": "alice", "name": "db", "description": "databases"})",
          .action = command(
              [](const Fields& fields) {
                const auto name = fields.parsed("name", checked(cloud::checkGroupName));
                const auto description =
                    fields.parsed("description", checked(cloud::checkDescription));
                return cloud::CreateGroup{
                    readOwner(fields), name.value_or(""), description.value_or(""), {}};
              },
              showGroupAfter<cloud::CreateGroup>)};
}

Method deleteGroup() {
  return {.name = "group.delete",
          .help = "Deletes a group that no instance has and no other group's permission names.",
          .parameters = {required(kOwner), required(kGroup), kDryRun},
          .positional = "group",
          .result = "group_id, owner, owner_id",
          .example = R"({"owner": "alice", "group": "old"})",
          .action = command(
              [](const Fields& fields) {
                return cloud::DeleteGroup{readOwner(fields), readGroup(fields)};
              },
              showGroupAfter<cloud::DeleteGroup>)};
}

Method describeGroups() {
  return {.name = "group.describe",
          .help = "Lists groups with their permissions.",
          .parameters = {kAnyOwner,
                         kGroup,
                         {"names", Strings, false, "groups, by name or id", R"(["web"])"},
                         {"ids", Strings, false, "groups, by name or id", R"(["sg-00000001"])"},
                         kLimit,
                         kNext},
          .positional = "names",
          .plural = "groups",
          .result =
              "groups: group_id, group, name, owner, owner_id, description, tag or null, "
              "permissions[]",
          .example = R"({"owner": "alice", "group": "web"})",
          .action = query(
              [](const Fields& fields) {
                return readOwnedList(fields, parseGroup, "group", {"names", "ids"});
              },
              [](const View& view, const ListRequest& request) -> Result<json::value> {
                const auto by = ownedBy(view.cloud, request.owner);
                if (!by) return by.error();
                return showList(
                    groupsOf(view.cloud, *by),
                    Listing<cloud::GroupId, cloud::Group>{
                        "groups", "security group", "InvalidGroup.NotFound", idOf<cloud::GroupId>,
                        [](const auto& id) { return id.value; },
                        [](const auto& group, Wanted& wanted) {
                          return wanted.meets({group.id.value, group.name});
                        },
                        [&](const auto& group) { return showGroup(view.cloud, group); }},
                    request);
              })};
}

Method authorizeGroup() {
  return {
      .name = "group.authorize",
      .help = "Adds permissions to a group.",
      .parameters = {required(kOwner), required(kGroup), kPermissions, kDryRun},
      .positional = "group",
      .result = "the group",
      .example =
          R"({"owner": "alice", "group": "web", "permissions": [{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidrs": ["0.0.0.0/0"]}, {"protocol": "icmp", "icmp_type": 8, "groups": [{"owner": "bob", "group": "monitoring"}]}]})",
      .action = command(
          [](const Fields& fields) {
            return cloud::Authorize{readOwner(fields), readGroup(fields), readPermissions(fields)};
          },
          showGroupAfter<cloud::Authorize>)};
}

Method revokeGroup() {
  return {
      .name = "group.revoke",
      .help = "Removes permissions from a group and cuts the flows that only they allowed.",
      .parameters = {required(kOwner), required(kGroup), kPermissions, kKeepFlows, kDryRun},
      .positional = "group",
      .result = "the group",
      .example =
          R"({"owner": "alice", "group": "web", "permissions": [{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidrs": ["198.51.100.0/24"]}]})",
      .action = command(
          [](const Fields& fields) {
            return cloud::Revoke{readOwner(fields), readGroup(fields), readPermissions(fields),
                                 fields.flag("keep_flows")};
          },
          showGroupAfter<cloud::Revoke>)};
}

}  // namespace

std::vector<Method> groupMethods() {
  return {createGroup(), deleteGroup(), describeGroups(), authorizeGroup(), revokeGroup()};
}

}  // namespace netctl::api
