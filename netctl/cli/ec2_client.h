#pragma once

#include "netctl/cli/euca_ec2.h"

#include <boost/property_tree/ptree.hpp>

#include <map>
#include <string>

/// A client of the EC2 Query API. For sources only.
namespace netctl::cli {

/// The response's elements.
using Ec2Answer = boost::property_tree::ptree;

/// Sends one request, signed by version 4. `NoDaemon` where nothing answers that speaks EC2.
Result<Ec2Answer> askEc2(const Ec2Access& access, const std::string& action,
                         std::map<std::string, std::string> parameters);

}  // namespace netctl::cli
