#include "modes/cloud/rule_ids.h"

#include "base/hash.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::cloud {
namespace {

/// The n-th id that follows from a permission.
std::string idOf(const GroupId& group, const Permission& permission, unsigned n) {
  const auto or_any = [](const auto& number) { return number ? int{*number} : -1; };
  const auto text = fmt::format(
      "{} {} {} {} {} {} {} {} {}", group.value, static_cast<int>(permission.direction),
      or_any(permission.protocol.number), permission.ports.first, permission.ports.last,
      or_any(permission.icmp.type), or_any(permission.icmp.code), format(permission.source), n);
  return fmt::format("sgr-{:017x}", fingerprint(text));
}

}  // namespace

std::string ruleId(const Group& group, const Permission& permission) {
  const auto& id = detailsOf(group, permission).rule_id;
  return id.empty() ? idOf(group.id, permission, 0) : id;
}

const Permission* permissionOfRule(const Group& group, std::string_view id) {
  const auto at = std::ranges::find_if(group.permissions, [&](const Permission& permission) {
    return ruleId(group, permission) == id;
  });
  return at == group.permissions.end() ? nullptr : &*at;
}

Error noSuchRule(std::string_view id) {
  return {ErrorCode::NotFound, "InvalidSecurityGroupRuleId.NotFound",
          fmt::format("The security group rule ID {} does not exist", quote(id))};
}

RememberedIds::RememberedIds(const Group& group) : group_(group.id) {
  for (const auto& [permission, details] : group.details) {
    if (!details.rule_id.empty()) ids_.insert(details.rule_id);
  }
}

std::string RememberedIds::add(const Permission& permission) {
  if (!ids_.contains(idOf(group_, permission, 0))) return {};
  for (unsigned n = 1;; ++n) {
    auto id = idOf(group_, permission, n);
    if (ids_.insert(id).second) return id;
  }
}

}  // namespace netctl::cloud
