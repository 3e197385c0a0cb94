#include "base/hash.h"
#include "base/text.h"
#include "modes/cloud/command_support.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::cloud {
namespace {

constexpr std::size_t kShortId = 11;  ///< `sg-` and eight digits

/// Of a new id as many digits as new ids have.
GroupId shortened(const Settings& settings, GroupId id) {
  if (!settings.long_ids) id.value.resize(std::min(id.value.size(), kShortId));
  return id;
}

/// The id of a new default group follows from the account's, so that all who look at the group
/// before it is made agree. The number in it counts the ids that are taken.
GroupId defaultGroupId(const Cloud& cloud, const AccountId& owner) {
  for (std::uint32_t attempt = 0;; ++attempt) {
    const auto hash = fingerprint(fmt::format("{}/{}", owner.value, attempt));
    auto id = cloud.settings().long_ids
                  ? fmt::format("sg-0{:016x}", hash)
                  : fmt::format("sg-{:08x}", static_cast<std::uint32_t>(hash));
    if (!cloud.group({id})) return {std::move(id)};
  }
}

}  // namespace

Ref<Group> defaultGroup(const Cloud& cloud, const AccountId& owner) {
  if (auto group = cloud.groupByName(owner, kDefaultGroup)) return group;
  return std::make_shared<const Group>(Group{.id = defaultGroupId(cloud, owner),
                                             .owner = owner,
                                             .name = std::string(kDefaultGroup),
                                             .description = "default group",
                                             .permissions = {everythingOut()}});
}

Ref<Group> groupOfAnyone(const Cloud& cloud, const GroupId& id) {
  if (auto group = cloud.group(id)) return group;
  for (const auto& [owner, account] : cloud.accounts()) {
    if (auto group = defaultGroup(cloud, owner); group->id == id) return group;
  }
  return nullptr;
}

Result<Ref<Group>> findOrMakeGroup(Cloud& cloud, const AccountId& owner, std::string_view group) {
  auto found = findGroup(cloud, owner, group);
  if (found && !cloud.group((*found)->id)) cloud.put(Group(**found));
  return found;
}

Result<Outcome> execute(Cloud& cloud, const CreateGroup& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  faults.check("owner", account);
  if (faults.check("name", checkGroupName(command.name)) && command.name == kDefaultGroup) {
    faults.add("name", Error{ErrorCode::InvalidArgument, "InvalidGroup.Reserved",
                             "The security group 'default' is reserved: every account has it"});
  }
  faults.check("description", checkDescription(command.description));
  checkResourceTags(command.resource_tags, faults);
  if (!faults.empty()) return faults.error();
  if (const auto group = cloud.groupByName((*account)->id, command.name)) {
    if (group->description == command.description) return Outcome{.object = group->id};
    return conflict("InvalidGroup.Duplicate",
                    fmt::format("The security group {} already exists with another description",
                                quote(command.name)));
  }
  if (!isGroupId(command.fresh_id.value)) {
    return Error{ErrorCode::Internal, "InternalError", "a new group came without an id"};
  }
  const auto id = shortened(cloud.settings(), command.fresh_id);
  if (cloud.group(id)) return idTaken(id.value);
  const auto& owner = (*account)->id;
  checkLimit(cloud, owner, Limit::Groups, cloud.groupsOf(owner).size() + 1, faults);
  if (!faults.empty()) return faults.error();
  cloud.put(Group{.id = id,
                  .owner = owner,
                  .name = command.name,
                  .description = command.description,
                  .permissions = {everythingOut()},
                  .resource_tags = command.resource_tags});
  return Outcome{.object = id};
}

Result<Outcome> execute(Cloud& cloud, const DeleteGroup& command) {
  Faults faults;
  const auto account = findAccount(cloud, command.owner);
  if (!faults.check("owner", account)) return faults.error();
  const auto found = findGroup(cloud, (*account)->id, command.group);
  if (command.group == kDefaultGroup || (found && (*found)->name == kDefaultGroup)) {
    return conflict("CannotDelete", "The security group 'default' cannot be deleted");
  }
  if (!found && found.error().code == ErrorCode::NotFound) return Outcome{};
  if (!faults.check("group", found)) return faults.error();
  const auto& group = **found;
  const auto refuse = [&](const std::string& what) {
    faults.add("group", conflict("DependencyViolation",
                                 fmt::format("The security group {} cannot be deleted: {}",
                                             quote(group.name), what)));
  };
  if (const auto& members = cloud.members(group.id); !members.empty()) {
    refuse(fmt::format("{} instances have it, {} is one", members.size(), members.begin()->text()));
  }
  for (const auto& other : cloud.groupsThatName(group.id)) {
    if (other == group.id) continue;
    const auto namer = cloud.group(other);
    refuse(namer->owner == group.owner
               ? fmt::format("a permission of group {} names it; revoke that", quote(namer->name))
               : "a permission of another account's group names it");
  }
  if (!faults.empty()) return faults.error();
  const auto id = group.id;
  cloud.erase(id);
  return Outcome{.object = id};
}

}  // namespace netctl::cloud
