#pragma once

#include "modes/cloud/cloud.h"

#include <map>
#include <optional>
#include <set>
#include <vector>

namespace netctl::firewall {

/// The cloud as it was before some changes; `cloud` is as after them. Both must outlive it.
class Before {
 public:
  Before(const cloud::Cloud& cloud, const cloud::Changes& changes);

  /// Null where there was none.
  [[nodiscard]] cloud::Ref<cloud::Group> group(const cloud::GroupId& id) const;
  [[nodiscard]] cloud::Ref<cloud::Instance> instance(const cloud::InstanceId& id) const;
  /// The public address that an instance had.
  [[nodiscard]] std::optional<net::Ipv4Address> publicAddressOf(const cloud::InstanceId& id) const;
  /// True where some group had a permission with that source.
  [[nodiscard]] bool isNamed(const cloud::PermissionSource& source) const;

 private:
  const cloud::Cloud& cloud_;
  const cloud::Changes& changes_;
  std::map<cloud::InstanceId, net::Ipv4Address> public_addresses_;
};

/// The groups that name a source now.
const std::set<cloud::GroupId>& groupsNaming(const cloud::Cloud& cloud,
                                             const cloud::PermissionSource& source);

/// The tags that the group got or gave back: none, one or two.
std::vector<net::Tag> movedTags(const cloud::Change<cloud::Group>& change);

/// True where the change is more than a note: the instance is at another place (or gone, or new),
/// or in other groups.
bool isMoved(const cloud::Change<cloud::Instance>& change);

}  // namespace netctl::firewall
