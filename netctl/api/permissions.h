#pragma once

#include "modes/cloud/cloud.h"
#include "modes/cloud/commands.h"
#include "netctl/api/fields.h"

#include <boost/json/fwd.hpp>

#include <vector>

/// Permissions as callers write and see them: the parameter, its reader and its view.
namespace netctl::api {

/// At least one permission, as a parameter of a group's methods.
inline constexpr Parameter kPermissions{
    .name = "permissions",
    .type = ParameterType::Permissions,
    .required = true,
    .help = "at least one permission",
    .example =
        R"([{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidrs": ["198.51.100.0/24"]}])"};

/// The members of one object of a `permissions` list.
const std::vector<Parameter>& permissionParameters();
/// The members of one object of a permission's `groups` list.
const std::vector<Parameter>& sourceGroupParameters();

/// Reads the member `permissions`. What is wrong goes to the fields' faults; a permission without
/// any source is wrong, and never means everybody.
std::vector<cloud::PermissionRequest> readPermissions(const Fields& fields);

/// A group's permissions with the keys that readPermissions takes: those that differ only in
/// their source are one, and an ICMP type or code of -1 is any.
boost::json::array showPermissions(const cloud::Cloud& cloud, const cloud::Group& group);

}  // namespace netctl::api
