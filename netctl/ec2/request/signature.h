#pragma once

#include "base/result.h"
#include "netctl/ec2/request/parameters.h"
#include "netctl/http/http_message.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// The signature of a request: version 2, in the parameters, and version 4, in the header
/// Authorization. Formats: docs.aws.amazon.com, "AWS Signature Version 4 for API requests" and
/// "Signature Version 2 signing process".
namespace netctl::ec2 {

/// A request's own words about its signature. readClaim has found everything that is wrong with
/// them and shows without the secret.
struct Claim {
  enum class Method { V4, V2Sha256, V2Sha1 };

  Method method = Method::V4;
  std::string access_key;
  std::string string_to_sign;
  std::string signature;  ///< bytes
  /// V4: what the string to sign has the hash of. In version 2 that string has all.
  std::string canonical_request;
  /// V4: what the signing key is derived for: date, region, service.
  std::string date;
  std::string region;
  std::string service;
  /// When it was signed, or until when it is valid. Exactly one of them.
  std::optional<std::chrono::sys_seconds> signed_at;
  std::optional<std::chrono::sys_seconds> expires_at;
};

/// A request as it was received; `parameters` are those of query and body together.
struct SignedRequest {
  const http::Request& request;
  const Pairs& parameters;
};

/// Whether a parameter of that name says something about a signature, and nothing else.
bool isOfSignature(std::string_view parameter);

/// MissingAuthenticationToken, IncompleteSignature or SignatureDoesNotMatch.
Result<Claim> readClaim(const SignedRequest& signed_request);

/// Precondition: the key is known. RequestExpired more than 15 minutes away from `now` or beyond
/// the end that it names itself, else SignatureDoesNotMatch. Compares in constant time.
Result<void> verify(const Claim& claim, std::string_view secret, std::chrono::sys_seconds now);

/// The bytes that sign the claim's string with that secret.
std::string sign(const Claim& claim, std::string_view secret);

}  // namespace netctl::ec2
