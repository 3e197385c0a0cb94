#pragma once

#include "netctl/cli/euca_commands.h"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

/// The values of the euca commands: of their options, in answers, and the ids made of addresses.
namespace netctl::cli {

/// The words without a dash.
std::vector<std::string> names(const EucaValues& values);
/// Exactly one such word, called `what` in the message.
Result<std::string> onlyName(const EucaValues& values, const std::string& what);
/// An option's text; empty where it was not given.
std::string optionText(const EucaValues& values, const std::string& option);

/// A member of an answer as text; null and absent are empty.
std::string field(const boost::json::object& object, std::string_view key);
/// The members of a list in an answer.
const boost::json::array& items(const boost::json::object& object, std::string_view key);

/// Ids of allocations and associations: EC2 has them beside the address, here they are made from
/// it. This one means the address, whether it is told with 8 or with 17 digits.
std::string anyAllocationId(const std::string& address);
/// The id of an address' association, which has the digits of its allocation's.
std::string associationOf(const std::string& allocation_id);
/// The address in either of them.
Result<std::string> addressOfId(const std::string& id);

}  // namespace netctl::cli
