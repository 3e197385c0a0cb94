#include "modes/firewall/former_cloud.h"

#include <algorithm>

namespace netctl::firewall {
namespace {

bool names(const cloud::Group& group, const cloud::PermissionSource& source) {
  return std::any_of(
      group.permissions.begin(), group.permissions.end(),
      [&](const cloud::Permission& permission) { return permission.source == source; });
}

}  // namespace

Before::Before(const cloud::Cloud& cloud, const cloud::Changes& changes)
    : cloud_(cloud), changes_(changes) {
  for (const auto& [address, change] : changes.addresses) {
    if (change.before && change.before->instance) {
      public_addresses_.emplace(*change.before->instance, address);
    }
  }
}

cloud::Ref<cloud::Group> Before::group(const cloud::GroupId& id) const {
  const auto change = changes_.groups.find(id);
  return change != changes_.groups.end() ? change->second.before : cloud_.group(id);
}

cloud::Ref<cloud::Instance> Before::instance(const cloud::InstanceId& id) const {
  const auto change = changes_.instances.find(id);
  return change != changes_.instances.end() ? change->second.before : cloud_.instance(id);
}

std::optional<net::Ipv4Address> Before::publicAddressOf(const cloud::InstanceId& id) const {
  if (const auto found = public_addresses_.find(id); found != public_addresses_.end()) {
    return found->second;
  }
  const auto now = cloud_.addressOf(id);
  if (!now || changes_.addresses.contains(now->address)) return std::nullopt;
  return now->address;
}

bool Before::isNamed(const cloud::PermissionSource& source) const {
  const auto& now = groupsNaming(cloud_, source);
  return std::any_of(now.begin(), now.end(),
                     [&](const auto& id) { return !changes_.groups.contains(id); }) ||
         std::any_of(changes_.groups.begin(), changes_.groups.end(), [&](const auto& entry) {
           return entry.second.before && names(*entry.second.before, source);
         });
}

const std::set<cloud::GroupId>& groupsNaming(const cloud::Cloud& cloud,
                                             const cloud::PermissionSource& source) {
  if (const auto* group = std::get_if<cloud::GroupId>(&source)) {
    return cloud.groupsThatName(*group);
  }
  static const std::set<cloud::GroupId> kNone;
  const auto& by_cidr = cloud.groupsByCidr();
  const auto found = by_cidr.find(std::get<net::Ipv4Prefix>(source));
  return found == by_cidr.end() ? kNone : found->second;
}

std::vector<net::Tag> movedTags(const cloud::Change<cloud::Group>& change) {
  const auto was = change.before ? change.before->tag : std::nullopt;
  const auto is = change.after ? change.after->tag : std::nullopt;
  std::vector<net::Tag> tags;
  if (was == is) return tags;
  if (was) tags.push_back(*was);
  if (is) tags.push_back(*is);
  return tags;
}

bool isMoved(const cloud::Change<cloud::Instance>& change) {
  return !change.before || !change.after ||
         change.before->private_address != change.after->private_address ||
         change.before->groups != change.after->groups;
}

}  // namespace netctl::firewall
