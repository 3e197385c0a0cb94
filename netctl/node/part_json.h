#pragma once

#include "modes/cloud/faults.h"
#include "modes/cloud/part.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>

/// Parts of the cloud as JSON. Reading is strict: what was not written here is a fault.
namespace netctl::node {

boost::json::value toJson(const cloud::Part& part);
boost::json::value toJson(const cloud::PartDifference& difference);

/// `path` stands before the names in faults. A part passes cloud::check where there are no faults.
cloud::Part readPart(const boost::json::object& object, const std::string& path,
                     cloud::Faults& faults);
cloud::PartDifference readDifference(const boost::json::object& object, const std::string& path,
                                     cloud::Faults& faults);

}  // namespace netctl::node
