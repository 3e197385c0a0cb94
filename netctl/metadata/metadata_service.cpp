#include "netctl/metadata/metadata_service.h"

#include "base/number.h"
#include "netctl/metadata/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace netctl::metadata {
namespace {

constexpr std::string_view kTokenField = "X-aws-ec2-metadata-token";
constexpr std::string_view kLifetimeField = "X-aws-ec2-metadata-token-ttl-seconds";
constexpr std::string_view kForwardedField = "X-Forwarded-For";
constexpr std::string_view kTokenPath = "latest/api/token";

/// The target's path without the query, without slashes at its ends and with single ones inside.
std::string pathOf(std::string_view target) {
  std::string path;
  for (const char c : target.substr(0, target.find('?'))) {
    if (c == '/' && (path.empty() || path.back() == '/')) continue;
    path += c;
  }
  if (path.ends_with('/')) path.pop_back();
  return path;
}

std::optional<std::chrono::seconds> parseLifetime(const std::string* text) {
  if (text == nullptr) return {};
  const std::chrono::seconds lifetime(parseWhole<unsigned>(*text).value_or(0));
  if (lifetime < std::chrono::seconds(1) || lifetime > Tokens::kLongest) return {};
  return lifetime;
}

http::Response giveToken(const Asker& asker, const Tokens& tokens, const std::string& holder,
                         const http::Request& request, Tokens::Time now) {
  if (http::findField(request.fields, kForwardedField) != nullptr) {
    return http::plainResponse(403, "a token is given to the instance itself, not to a proxy\n");
  }
  const auto lifetime = parseLifetime(http::findField(request.fields, kLifetimeField));
  if (!lifetime) {
    return http::plainResponse(
        400, fmt::format("{} must be 1 to {}\n", kLifetimeField, Tokens::kLongest.count()));
  }
  auto response = http::plainResponse(200, tokens.make(holder, now + *lifetime));
  response.fields.emplace_back(kLifetimeField, std::to_string(lifetime->count()));
  // What a router inside the instance would forward is lost on the way.
  response.hops = static_cast<int>(asker.document->options.token_hops);
  return response;
}

http::Response notFound() {
  return http::plainResponse(404, "there is nothing here\n");
}

http::Response showItem(const Items& items, std::string_view path) {
  const auto end = std::min(path.find('/'), path.size());
  const auto& known = versions();
  if (path.empty()) return http::plainResponse(200, fmt::format("{}", fmt::join(known, "\n")));
  if (std::ranges::find(known, path.substr(0, end)) == known.end()) return notFound();
  path.remove_prefix(std::min(end + 1, path.size()));
  auto text = show(items, path);
  if (!text) return notFound();
  auto response = http::plainResponse(200, std::move(*text));
  if (path == kUserData) response.content_type = "application/octet-stream";
  return response;
}

}  // namespace

http::Response answer(const Asker& asker, const Tokens& tokens, const http::Request& request,
                      Tokens::Time now) {
  if (asker.document == nullptr) {
    return http::plainResponse(404, "this address is not an instance of this cloud\n");
  }
  const auto& options = asker.document->options;
  if (!options.enabled) {
    return http::plainResponse(403, "the metadata of this instance are turned off\n");
  }
  const auto path = pathOf(request.target);
  // An address gets another owner some day, who may not use the old tokens.
  const auto holder = asker.document->instance + " " + request.peer;
  if (path == kTokenPath) {
    if (request.method != "PUT") return http::notAllowed("PUT");
    return giveToken(asker, tokens, holder, request, now);
  }
  if (request.method != "GET" && request.method != "HEAD") return http::notAllowed("GET, HEAD");
  const auto* token = http::findField(request.fields, kTokenField);
  const bool refused = token == nullptr ? asker.needs_token || options.needs_token
                                        : !tokens.isGood(*token, holder, now);
  if (refused) {
    return http::plainResponse(
        401, fmt::format("{}; PUT /{} gives one\n",
                         token == nullptr ? "a session token is needed" : "the token is not good",
                         kTokenPath));
  }
  return showItem(asker.document->items, path);
}

}  // namespace netctl::metadata
