#pragma once

#include "netctl/ec2/action.h"

#include <vector>

namespace netctl::ec2 {

/// The permissions that a request authorises or revokes.
struct PermissionParameters {
  std::vector<cloud::PermissionRequest> permissions;
  /// A source group was named and no protocol: three permissions stand for "everything" (the oldest
  /// clients revoke so whatever there is).
  bool everything = false;
};

/// Reads the permissions in each of the forms in which clients write them. A source that old
/// clients add without having been told to (0.0.0.0/0 beside a source group) is left out; see
/// docs/ec2.md, "Old clients".
PermissionParameters readPermissions(const Call& call, cloud::Direction direction);

/// Reads a structure `SecurityGroupRule`: one permission, whose direction is not told.
cloud::PermissionRequest readRule(const Call& call, const Parameters& rule);

}  // namespace netctl::ec2
