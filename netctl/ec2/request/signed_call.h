#pragma once

#include "base/result.h"
#include "netctl/ec2/request/query.h"

#include <chrono>
#include <string>
#include <string_view>

namespace netctl::ec2 {

/// A request as what its signature covers, and nothing beside it: who cannot sign can make no other
/// request of it. So the process that reads strangers' bytes need not be trusted with any account.
struct SignedCall {
  std::string access_key;
  std::string string_to_sign;
  std::string signature;  ///< bytes
  /// Version 4: what the string to sign has the hash of, and the body, of which that has the hash.
  /// In version 2 the string to sign has all parameters.
  std::string canonical_request;
  std::string body;
};

/// The call of a request that readQuery has read. `body` is the request's.
SignedCall callOf(const Claim& claim, std::string_view body);

/// The query of a call that the secret's holder has signed at that time: what `verify` says, and
/// SignatureDoesNotMatch where anything is beside what was signed.
Result<Query> openCall(const SignedCall& call, std::string_view secret,
                       std::chrono::sys_seconds now);

}  // namespace netctl::ec2
