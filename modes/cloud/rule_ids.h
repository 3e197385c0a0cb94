#pragma once

#include "modes/cloud/objects.h"

#include <set>
#include <string>
#include <string_view>

/// Ids that EC2 has for single permissions: `sgr-` and 17 lower-case hexadecimal digits. An id
/// follows from the group and the permission. A permission that is changed into another keeps its
/// id, which is remembered then.
namespace netctl::cloud {

/// The id of a permission of the group.
std::string ruleId(const Group& group, const Permission& permission);
/// The permission of the group that has the id; null where there is none.
const Permission* permissionOfRule(const Group& group, std::string_view id);
/// `InvalidSecurityGroupRuleId.NotFound`.
Error noSuchRule(std::string_view id);
/// The ids that a group remembers, for permissions that come to it: to ask for many of them costs
/// one look through the group.
class RememberedIds {
 public:
  explicit RememberedIds(const Group& group);

  /// What is to be remembered as the permission's id, and is from now on: nothing, but where
  /// another permission has the one that follows from this.
  std::string add(const Permission& permission);

 private:
  GroupId group_;
  std::set<std::string> ids_;
};

}  // namespace netctl::cloud
