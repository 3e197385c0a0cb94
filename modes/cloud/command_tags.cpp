#include "base/text.h"
#include "modes/cloud/command_support.h"
#include "modes/cloud/resource_ids.h"
#include "modes/cloud/rule_ids.h"
#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

#include <functional>

namespace netctl::cloud {
namespace {

using Edit = std::function<void(ResourceTags&)>;

/// Puts the object with other tags, where they are others.
template <class T>
Result<void> retag(Cloud& cloud, const Result<Ref<T>>& found, const Edit& edit) {
  if (!found) return found.error();
  auto after = **found;
  edit(after.resource_tags);
  Faults faults;
  checkResourceTags(after.resource_tags, faults);
  if (!faults.empty()) return faults.error();
  if (after.resource_tags != (*found)->resource_tags) cloud.put(std::move(after));
  return {};
}

/// The account's groups are asked one after the other: nobody looks for a rule often.
Result<void> retagRule(Cloud& cloud, const AccountId& owner, const std::string& id,
                       const Edit& edit) {
  for (const auto& [name, group_id] : cloud.groupsOf(owner)) {
    const auto group = cloud.group(group_id);
    const auto* const permission = permissionOfRule(*group, id);
    if (permission == nullptr) continue;
    auto after = *group;
    auto& details = after.details[*permission];
    edit(details.resource_tags);
    Faults faults;
    checkResourceTags(details.resource_tags, faults);
    if (!faults.empty()) return faults.error();
    if (details == PermissionDetails{}) after.details.erase(*permission);
    if (after.details != group->details) cloud.put(std::move(after));
    return {};
  }
  return noSuchRule(id);
}

Result<void> retag(Cloud& cloud, const AccountId& owner, const std::string& resource,
                   const Edit& edit) {
  if (resource.starts_with("sgr-")) return retagRule(cloud, owner, resource, edit);
  if (resource.starts_with("sg-")) return retag(cloud, findGroup(cloud, owner, resource), edit);
  if (resource.starts_with("i-")) {
    const auto id = InstanceId::parse(resource);
    if (!id) return id.error();
    return retag(cloud, findInstance(cloud, owner, *id), edit);
  }
  if (resource.starts_with("key-")) {
    const auto pair = cloud.keyPair(KeyPairId{resource});
    if (pair && pair->owner == owner) return retag(cloud, Result<Ref<KeyPair>>(pair), edit);
    return notFound("InvalidKeyPair.NotFound",
                    fmt::format("The key pair {} does not exist", quote(resource)));
  }
  if (resource.starts_with("pl-")) {
    return retag(cloud, findPrefixList(cloud, owner, resource), edit);
  }
  if (!resource.starts_with("eipalloc-")) {
    return Error{ErrorCode::InvalidArgument, "InvalidID",
                 fmt::format("The ID {} is not of an object that can be tagged; write sg-..., "
                             "sgr-..., i-..., eipalloc-..., key-... or pl-...",
                             quote(resource))};
  }
  if (const auto address = addressOfAllocation(resource)) {
    const auto found = findAddress(cloud, owner, *address);
    if (found) return retag(cloud, found, edit);
  }
  return notFound("InvalidAllocationID.NotFound",
                  fmt::format("The allocation ID {} does not exist", quote(resource)));
}

Result<Outcome> retagAll(Cloud& cloud, const std::string& owner,
                         const std::vector<std::string>& resources, const Edit& edit) {
  Faults faults;
  const auto account = findAccount(cloud, owner);
  if (!faults.check("owner", account)) return faults.error();
  const auto id = (*account)->id;
  for (std::size_t i = 0; i < resources.size(); ++i) {
    faults.check(fmt::format("resources[{}]", i), retag(cloud, id, resources[i], edit));
  }
  if (!faults.empty()) return faults.error();
  return Outcome{.object = id};
}

}  // namespace

void checkResourceTags(const ResourceTags& tags, Faults& faults) {
  if (tags.size() > kMaxResourceTags) {
    faults.add("tags", Error{ErrorCode::InvalidArgument, "TagLimitExceeded",
                             fmt::format("{} tags are too many; at most {} are kept", tags.size(),
                                         kMaxResourceTags)});
    return;
  }
  for (const auto& [key, value] : tags) {
    if (faults.check("tags", checkResourceTagKey(key))) {
      faults.check("tags." + key, checkResourceTagValue(value));
    }
  }
}

Result<Outcome> execute(Cloud& cloud, const TagResources& command) {
  return retagAll(cloud, command.owner, command.resources, [&](ResourceTags& tags) {
    for (const auto& [key, value] : command.tags) tags.insert_or_assign(key, value);
  });
}

Result<Outcome> execute(Cloud& cloud, const UntagResources& command) {
  return retagAll(cloud, command.owner, command.resources, [&](ResourceTags& tags) {
    if (command.tags.empty()) tags.clear();
    for (const auto& [key, value] : command.tags) {
      const auto at = tags.find(key);
      if (at != tags.end() && (!value || *value == at->second)) tags.erase(at);
    }
  });
}

}  // namespace netctl::cloud
