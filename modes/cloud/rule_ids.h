#pragma once

#include "modes/cloud/objects.h"

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
/// What is to be remembered as the id of a permission that comes to the group: nothing, but where
/// another permission has the one that follows from this.
std::string rememberedId(const Group& group, const Permission& permission);

}  // namespace netctl::cloud
