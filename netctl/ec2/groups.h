#pragma once

#include "netctl/ec2/action.h"

#include <string>
#include <string_view>

/// How requests name groups.
namespace netctl::ec2 {

/// The same error for a missing object and for another account's: nobody learns which.
Error noSuchGroup(std::string_view group);

/// A parameter that holds a group's id; InvalidGroupId.Malformed for anything else. Empty where it
/// is missing.
std::string readGroupId(const Parameters& parameters, std::string_view name);

/// `GroupId`, else `GroupName`, as commands take it.
std::string readGroup(const Call& call);

}  // namespace netctl::ec2
