#include "netctl/ec2/request/signature.h"

#include "base/base64.h"
#include "base/text.h"
#include "netctl/crypto/hash.h"
#include "netctl/ec2/request/signature_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace netctl::ec2 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr std::chrono::minutes kWindow{15};
constexpr std::size_t kMaxAccessKey = 128;

Error incomplete(std::string message) {
  return {ErrorCode::InvalidArgument, "IncompleteSignature", std::move(message)};
}

Error doesNotMatch(std::string message) {
  return {ErrorCode::PermissionDenied, "SignatureDoesNotMatch", std::move(message)};
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

/// Without blanks around it, and each run of blanks within it as one.
std::string trimmed(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

/// Headers by their lower-case names; the values of one that is there several times in their order.
using Headers = std::map<std::string, std::vector<std::string>>;

Headers headersOf(const http::Request& request) {
  Headers headers;
  for (const auto& [name, value] : request.fields) headers[lower(name)].push_back(trimmed(value));
  return headers;
}

/// The only value of a header; absent where it is not there exactly once.
std::optional<std::string> onlyValue(const Headers& headers, const std::string& name) {
  const auto at = headers.find(name);
  if (at == headers.end() || at->second.size() != 1) return {};
  return at->second.front();
}

std::string_view pathOf(const http::Request& request) {
  const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  return path.empty() ? "/" : path;
}

std::string_view queryOf(const http::Request& request) {
  const auto mark = request.target.find('?');
  return mark == std::string::npos ? std::string_view{}
                                   : std::string_view(request.target).substr(mark + 1);
}

/// Names and values encoded and sorted, as both versions sign them.
std::string canonicalQuery(const Pairs& pairs) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : pairs) encoded.emplace_back(encode(name), encode(value));
  std::ranges::sort(encoded);
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

/// The fields of an Authorization header: `Credential=..., SignedHeaders=..., Signature=...`.
struct Authorization {
  std::string credential;
  std::vector<std::string> signed_headers;
  std::string signature;
};

Result<Authorization> parseAuthorization(std::string_view text) {
  if (!text.starts_with(kAlgorithm) || !text.substr(kAlgorithm.size()).starts_with(' ')) {
    return incomplete(fmt::format("the header Authorization must begin with {}", kAlgorithm));
  }
  text.remove_prefix(kAlgorithm.size());
  std::map<std::string, std::string> fields;
  for (const auto& field : split(text, ',')) {
    const auto part = trimmed(field);
    const auto equals = std::min(part.find('='), part.size());
    const auto value = part.substr(std::min(equals + 1, part.size()));
    if (value.empty() || !fields.emplace(part.substr(0, equals), value).second) {
      return incomplete("the header Authorization is not a list of NAME=VALUE, each once");
    }
  }
  for (const auto* const name : {"Credential", "SignedHeaders", "Signature"}) {
    if (!fields.contains(name)) {
      return incomplete(fmt::format("the header Authorization has no '{}'", name));
    }
  }
  if (fields.size() != 3) return incomplete("the header Authorization has unknown parts");
  return Authorization{fields["Credential"], split(fields["SignedHeaders"], ';'),
                       fields["Signature"]};
}

Result<void> readCredential(const std::string& credential, Claim& claim) {
  const auto parts = split(credential, '/');
  const bool whole = parts.size() == 5 && parts[4] == kTerminator &&
                     std::ranges::none_of(parts, [](const auto& part) { return part.empty(); });
  if (!whole || parts[0].size() > kMaxAccessKey) {
    return incomplete("Credential must be KEY/YYYYMMDD/REGION/SERVICE/aws4_request");
  }
  claim.access_key = parts[0];
  claim.date = parts[1];
  claim.region = parts[2];
  claim.service = parts[3];
  return {};
}

/// 64 lower-case hexadecimal digits as the bytes that they mean.
Result<std::string> bytesOfHex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (text.size() != 64) return incomplete("Signature must be 64 hexadecimal digits");
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = kDigits.find(text[i]);
    const auto low = kDigits.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      return incomplete("Signature must be 64 lower-case hexadecimal digits");
    }
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

/// Anybody could have put in a header that the signature does not cover.
Result<void> checkSignedHeaders(const std::vector<std::string>& names, const Headers& headers) {
  const std::set<std::string> listed(names.begin(), names.end());
  if (listed.size() != names.size() || !std::ranges::is_sorted(names)) {
    return doesNotMatch("SignedHeaders must be sorted and name each header once");
  }
  for (const auto& name : names) {
    if (!headers.contains(name)) {
      return doesNotMatch("SignedHeaders names a header that the request does not have");
    }
  }
  if (!listed.contains("host")) return doesNotMatch("the header host must be signed");
  if (!listed.contains("x-amz-date") && !listed.contains("date")) {
    return doesNotMatch("the header x-amz-date must be signed");
  }
  for (const auto& [name, values] : headers) {
    if (name.starts_with("x-amz-") && !listed.contains(name)) {
      return doesNotMatch(fmt::format("the header {} must be signed", name));
    }
  }
  if (!onlyValue(headers, "host")) return doesNotMatch("there must be one header host");
  return {};
}

/// When it was signed, and how that is written in the string to sign.
Result<std::string> readDate(const Headers& headers, Claim& claim) {
  if (headers.contains("x-amz-date")) {
    const auto text = onlyValue(headers, "x-amz-date");
    claim.signed_at = parseBasicTime(text.value_or(""));
    if (!claim.signed_at) return incomplete("X-Amz-Date must be YYYYMMDDTHHMMSSZ");
    return *text;
  }
  const auto text = onlyValue(headers, "date");
  claim.signed_at = parseHttpTime(text.value_or(""));
  if (!claim.signed_at) claim.signed_at = parseBasicTime(text.value_or(""));
  if (!claim.signed_at) return incomplete("Date must be a date of HTTP");
  const auto day = std::chrono::floor<std::chrono::days>(*claim.signed_at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(*claim.signed_at - day);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string canonicalRequest(const http::Request& request, const Pairs& query,
                             const std::vector<std::string>& signed_headers, const Headers& headers,
                             const std::string& body_hash) {
  std::vector<std::string> path;
  for (const auto& segment : split(pathOf(request), '/')) path.push_back(encode(segment));
  auto text =
      fmt::format("{}\n{}\n{}\n", request.method, fmt::join(path, "/"), canonicalQuery(query));
  for (const auto& name : signed_headers) {
    text += fmt::format("{}:{}\n", name, fmt::join(headers.at(name), ","));
  }
  return text + fmt::format("\n{}\n{}", fmt::join(signed_headers, ";"), body_hash);
}

Result<Claim> readV4(const SignedRequest& signed_request, const Headers& headers) {
  const auto& request = signed_request.request;
  const auto header = onlyValue(headers, "authorization");
  if (!header) return incomplete("there must be one header Authorization");
  for (const auto* const name : {"AWSAccessKeyId", "Signature", "X-Amz-Signature"}) {
    if (signed_request.parameters.contains(name)) {
      return incomplete("the request is signed both in its header and in its parameters");
    }
  }
  const auto authorization = parseAuthorization(*header);
  if (!authorization) return authorization.error();
  Claim claim;
  if (auto read = readCredential(authorization->credential, claim); !read) return read.error();
  auto signature = bytesOfHex(authorization->signature);
  if (!signature) return signature.error();
  claim.signature = *std::move(signature);
  const auto& names = authorization->signed_headers;
  if (auto checked = checkSignedHeaders(names, headers); !checked) return checked.error();
  const auto date = readDate(headers, claim);
  if (!date) return date.error();
  if (date->substr(0, 8) != claim.date) {
    return doesNotMatch("the day in Credential is not that of the request");
  }
  const auto body_hash = hex(crypto::sha256(request.body));
  if (headers.contains("x-amz-content-sha256") &&
      onlyValue(headers, "x-amz-content-sha256") != body_hash) {
    return doesNotMatch("X-Amz-Content-SHA256 is not the hash of the body");
  }
  Pairs query;
  if (auto added = addPairs(queryOf(request), query); !added) return added.error();
  claim.canonical_request = canonicalRequest(request, query, names, headers, body_hash);
  claim.string_to_sign =
      fmt::format("{}\n{}\n{}/{}/{}/{}\n{}", kAlgorithm, *date, claim.date, claim.region,
                  claim.service, kTerminator, hex(crypto::sha256(claim.canonical_request)));
  return claim;
}

Result<Claim> readV2(const SignedRequest& signed_request, const Headers& headers) {
  const auto& parameters = signed_request.parameters;
  const auto text = [&](const char* name) {
    const auto at = parameters.find(name);
    return at == parameters.end() ? std::string() : at->second;
  };
  Claim claim;
  claim.access_key = text("AWSAccessKeyId");
  if (claim.access_key.empty() || claim.access_key.size() > kMaxAccessKey) {
    return incomplete("AWSAccessKeyId is missing");
  }
  if (text("SignatureVersion") != "2") {
    return incomplete("SignatureVersion must be 2; version 4 is in the header Authorization");
  }
  if (text("SignatureMethod") == "HmacSHA256") {
    claim.method = Claim::Method::V2Sha256;
  } else if (text("SignatureMethod") == "HmacSHA1") {
    claim.method = Claim::Method::V2Sha1;
  } else {
    return incomplete("SignatureMethod must be HmacSHA256 or HmacSHA1");
  }
  const bool stamped = !text("Timestamp").empty();
  if (stamped != text("Expires").empty()) {
    return incomplete("the request needs Timestamp or Expires, and not both");
  }
  (stamped ? claim.signed_at : claim.expires_at) =
      parseIsoTime(text(stamped ? "Timestamp" : "Expires"));
  if (!claim.signed_at && !claim.expires_at) {
    return incomplete("Timestamp and Expires must be YYYY-MM-DDTHH:MM:SSZ");
  }
  const auto host = onlyValue(headers, "host");
  if (!host) return incomplete("there must be one header host");
  auto signature = decodeBase64(text("Signature"));
  if (!signature || signature->empty()) return incomplete("Signature must be base64");
  claim.signature = *std::move(signature);
  auto pairs = parameters;
  pairs.erase("Signature");
  const auto& request = signed_request.request;
  claim.string_to_sign = fmt::format("{}\n{}\n{}\n{}", request.method, lower(*host),
                                     pathOf(request), canonicalQuery(pairs));
  return claim;
}

}  // namespace

bool isOfSignature(std::string_view parameter) {
  static constexpr std::array<std::string_view, 7> kNames{
      "AWSAccessKeyId",  "Expires",          "SecurityToken", "Signature",
      "SignatureMethod", "SignatureVersion", "Timestamp",
  };
  return std::ranges::find(kNames, parameter) != kNames.end();
}

Result<Claim> readClaim(const SignedRequest& signed_request) {
  const auto headers = headersOf(signed_request.request);
  if (headers.contains("authorization")) return readV4(signed_request, headers);
  const auto& parameters = signed_request.parameters;
  if (parameters.contains("X-Amz-Algorithm") || parameters.contains("X-Amz-Signature")) {
    return incomplete("signatures of version 4 are taken from the header Authorization only");
  }
  if (parameters.contains("AWSAccessKeyId") || parameters.contains("Signature")) {
    return readV2(signed_request, headers);
  }
  return Error{ErrorCode::PermissionDenied, "MissingAuthenticationToken",
               "the request is not signed"};
}

std::string sign(const Claim& claim, std::string_view secret) {
  if (claim.method == Claim::Method::V2Sha256)
    return crypto::hmacSha256(secret, claim.string_to_sign);
  if (claim.method == Claim::Method::V2Sha1) return crypto::hmacSha1(secret, claim.string_to_sign);
  std::string key = "AWS4" + std::string(secret);
  for (const auto& part : {claim.date, claim.region, claim.service, std::string(kTerminator)}) {
    key = crypto::hmacSha256(key, part);
  }
  return crypto::hmacSha256(key, claim.string_to_sign);
}

Result<void> verify(const Claim& claim, std::string_view secret, std::chrono::sys_seconds now) {
  const bool in_time = claim.signed_at
                           ? *claim.signed_at >= now - kWindow && *claim.signed_at <= now + kWindow
                           : claim.expires_at && now <= *claim.expires_at;
  if (!in_time) {
    return Error{ErrorCode::InvalidArgument, "RequestExpired", "Request has expired."};
  }
  const auto expected = sign(claim, secret);
  if (crypto::equalInConstantTime(expected, claim.signature)) return {};
  return doesNotMatch(
      "The request signature we calculated does not match the signature you provided. Check your "
      "secret key and signing method.");
}

}  // namespace netctl::ec2
