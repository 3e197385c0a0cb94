#pragma once

#include "modes/cloud/part.h"
#include "netctl/node/members.h"

#include <boost/json/value.hpp>

#include <string>

/// Parts of the cloud as JSON. Reading is strict: what was not written here is refused.
namespace netctl::node {

boost::json::value toJson(const cloud::Part& part);
boost::json::value toJson(const cloud::PartDifference& difference);

/// A part passes cloud::check where nothing was refused.
cloud::Part readPart(const boost::json::value& value, const std::string& path, Verdict& verdict);
cloud::PartDifference readDifference(const boost::json::value& value, const std::string& path,
                                     Verdict& verdict);

}  // namespace netctl::node
