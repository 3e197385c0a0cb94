#pragma once

#include "netctl/api/read.h"
#include "netctl/controller/controller.h"

#include <boost/json/fwd.hpp>

namespace netctl::api {

/// The objects that a describe asks for, in the order of their keys, as `{<plural>: [...], next:
/// text or null}`.
///
/// A page begins behind the last key of the page before, so that objects which come or go
/// meanwhile make no other one appear twice or be left out. NotFound names every wanted object that
/// does not exist.
Result<boost::json::value> describe(const controller::View& view, const DescribeRequest& request);

/// True where the request should show the account's `default` group and it has not been made yet.
bool lacksDefaultGroup(const cloud::Cloud& cloud, const DescribeRequest& request);

}  // namespace netctl::api
