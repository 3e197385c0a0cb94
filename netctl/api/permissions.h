#pragma once

#include "modes/cloud/cloud.h"
#include "modes/cloud/commands.h"
#include "netctl/api/fields.h"

#include <boost/json/fwd.hpp>

#include <vector>

/// Permissions as callers write and see them.
namespace netctl::api {

/// Reads the member `permissions`. What is wrong goes to the fields' faults; a permission without
/// any source is wrong, and never means everybody.
std::vector<cloud::PermissionRequest> readPermissions(const Fields& fields);

/// A group's permissions with the keys that readPermissions takes: those that differ only in
/// their source are one, and an ICMP type or code of -1 is any.
boost::json::array writePermissions(const cloud::Cloud& cloud, const cloud::Group& group);

}  // namespace netctl::api
