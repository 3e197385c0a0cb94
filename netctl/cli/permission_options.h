#pragma once

#include "base/result.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace boost::program_options {
class options_description;
class variables_map;
}  // namespace boost::program_options

/// One permission on the command line:
/// `--egress --protocol P --port N[-M] --icmp TYPE[:CODE] --cidr C... --source-group
/// [OWNER/]GROUP... --description TEXT`.
namespace netctl::cli {

void addPermissionOptions(boost::program_options::options_description& description);

/// Their names, as `cidr`.
std::vector<std::string> permissionOptionNames();

/// The list `permissions` with the one that was given.
Result<boost::json::value> readPermissionOptions(
    const boost::program_options::variables_map& given);

/// `N` or `N-M` as from_port and to_port.
Result<void> readPorts(std::string_view text, boost::json::object& permission);
/// `TYPE` or `TYPE:CODE` as icmp_type and icmp_code; -1 is any.
Result<void> readIcmp(std::string_view text, boost::json::object& permission);

}  // namespace netctl::cli
