#pragma once

#include "modes/cloud/objects.h"

#include <cstdint>
#include <string>

namespace netctl::store {

/// A permission as a row of the table `permissions`; -1 is any.
struct PermissionRow {
  std::int64_t protocol = -1;
  std::int64_t first_port = 0;
  std::int64_t last_port = 0;
  std::int64_t icmp_type = -1;
  std::int64_t icmp_code = -1;
  std::string source;  ///< a CIDR of either family, or a group's id
  std::int64_t egress = 0;
};

PermissionRow rowOf(const cloud::Permission& permission);
/// An error where a number is out of range or the source is neither.
Result<cloud::Permission> permissionOf(const PermissionRow& row);

}  // namespace netctl::store
