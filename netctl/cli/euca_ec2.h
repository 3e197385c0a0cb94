#pragma once

#include "base/result.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace netctl::cli {

/// An EC2 endpoint, and the key pair that acts there.
struct Ec2Access {
  std::string
      url;  ///< `http://HOST:PORT/PATH`, or https; euca2ools' `REGION::` may stand before it
  std::string access_key;
  std::string secret_key;
};

/// The endpoint of -U, else EC2_URL; absent where neither is there. Its keys are those of -I and
/// -S, else AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else their older names. `Usage` where a
/// part is missing.
Result<std::optional<Ec2Access>> chooseEc2(const std::string& url, const std::string& access_key,
                                           const std::string& secret_key);

/// Does by EC2 what that method of the RPC does for the key's account, as far as the euca commands
/// use it, with the same parameters and members of the result. EC2's refusal is an Error with its
/// code.
Result<boost::json::object> callEc2(const Ec2Access& access, std::string_view method,
                                    const boost::json::object& parameters);

}  // namespace netctl::cli
