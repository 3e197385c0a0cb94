#include "netctl/ec2/request/signed_call.h"

#include "base/text.h"
#include "netctl/crypto/hash.h"
#include "netctl/ec2/request/parameters.h"
#include "netctl/ec2/request/signature_time.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace netctl::ec2 {
namespace {

constexpr std::string_view kVersion4 = "AWS4-HMAC-SHA256\n";

Error notAsSigned() {
  return {ErrorCode::PermissionDenied, "SignatureDoesNotMatch",
          "the request is not the one that was signed"};
}

/// The text up to the separator, which goes, too; all of it where there is none.
std::string_view take(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

Claim bareClaim(const SignedCall& call) {
  Claim claim;
  claim.access_key = call.access_key;
  claim.string_to_sign = call.string_to_sign;
  claim.signature = call.signature;
  return claim;
}

/// The lines of a string to sign of version 4: algorithm, time, scope, hash of the canonical
/// request.
Result<Query> openVersion4(const SignedCall& call, std::string_view secret,
                           std::chrono::sys_seconds now) {
  Query query;
  auto& claim = query.claim = bareClaim(call);
  auto rest = std::string_view(call.string_to_sign).substr(kVersion4.size());
  const auto time = take(rest, '\n');
  claim.signed_at = parseBasicTime(time);
  auto scope = take(rest, '\n');
  claim.date = take(scope, '/');
  claim.region = take(scope, '/');
  claim.service = take(scope, '/');
  if (auto right = verify(claim, secret, now); !right) return right.error();
  if (rest != hex(crypto::sha256(call.canonical_request))) return notAsSigned();
  // Method, path, query, headers by lines, an empty line, their names, the body's hash.
  std::string_view canonical = call.canonical_request;
  take(canonical, '\n');
  take(canonical, '\n');
  if (auto added = addPairs(take(canonical, '\n'), query.parameters); !added) return added.error();
  for (auto line = take(canonical, '\n'); !line.empty(); line = take(canonical, '\n')) {
    if (take(line, ':') == "host") query.host = line;
  }
  take(canonical, '\n');
  if (canonical != hex(crypto::sha256(call.body))) return notAsSigned();
  if (auto added = addPairs(call.body, query.parameters); !added) return added.error();
  return query;
}

/// The lines of a string to sign of version 2: method, host, path, parameters.
Result<Query> openVersion2(const SignedCall& call, std::string_view secret,
                           std::chrono::sys_seconds now) {
  Query query;
  auto& claim = query.claim = bareClaim(call);
  std::string_view rest = call.string_to_sign;
  take(rest, '\n');
  query.host = take(rest, '\n');
  take(rest, '\n');
  if (auto added = addPairs(rest, query.parameters); !added) return added.error();
  const auto text = [&](const char* name) {
    const auto at = query.parameters.find(name);
    return at == query.parameters.end() ? std::string_view() : std::string_view(at->second);
  };
  claim.method =
      text("SignatureMethod") == "HmacSHA1" ? Claim::Method::V2Sha1 : Claim::Method::V2Sha256;
  claim.signed_at = parseIsoTime(text("Timestamp"));
  if (!claim.signed_at) claim.expires_at = parseIsoTime(text("Expires"));
  if (auto right = verify(claim, secret, now); !right) return right.error();
  return query;
}

}  // namespace

SignedCall callOf(const Claim& claim, std::string_view body) {
  const bool is_version_4 = claim.method == Claim::Method::V4;
  return {claim.access_key, claim.string_to_sign, claim.signature, claim.canonical_request,
          std::string(is_version_4 ? body : std::string_view())};
}

Result<Query> openCall(const SignedCall& call, std::string_view secret,
                       std::chrono::sys_seconds now) {
  return call.string_to_sign.starts_with(kVersion4) ? openVersion4(call, secret, now)
                                                    : openVersion2(call, secret, now);
}

}  // namespace netctl::ec2
