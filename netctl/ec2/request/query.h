#pragma once

#include "netctl/ec2/request/parameters.h"
#include "netctl/ec2/request/signature.h"
#include "netctl/http/http_message.h"

#include <string>

namespace netctl::ec2 {

/// A request that has the form of one to the Query API, and says who signed it.
struct Query {
  Pairs parameters;
  Claim claim;
  std::string host;  ///< the header Host
};

/// Method and path, framing, parameters from query string and body, and the signature's claim.
Result<Query> readQuery(const http::Request& request);

}  // namespace netctl::ec2
