#include "netctl/ec2/request/query.h"

#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/ec2/request/parameters.h"

#include <fmt/format.h>
#include <boost/algorithm/string/predicate.hpp>

#include <algorithm>
#include <array>

namespace netctl::ec2 {
namespace {

/// Where Eucalyptus served it, beside the root: clients are configured with these.
constexpr std::array<std::string_view, 5> kPaths{"/", "/services/compute", "/services/compute/",
                                                 "/services/Eucalyptus", "/services/Eucalyptus/"};
constexpr std::string_view kForm = "application/x-www-form-urlencoded";

std::string headerOf(const http::Request& request, std::string_view name) {
  const auto* const value = http::findField(request.fields, name);
  return value == nullptr ? std::string() : *value;
}

Result<void> checkForm(const http::Request& request, std::string_view path) {
  if (request.method != "GET" && request.method != "POST") {
    return Error{ErrorCode::InvalidArgument, "InvalidAction",
                 fmt::format("{} is not possible here; use GET or POST", quote(request.method))};
  }
  if (std::ranges::find(kPaths, path) == kPaths.end()) {
    return Error{ErrorCode::InvalidArgument, "InvalidAction",
                 fmt::format("there is nothing at {}; use /", quote(path))};
  }
  if (!headerOf(request, "Transfer-Encoding").empty()) {
    return malformedQuery("the body must not be chunked; send Content-Length");
  }
  const auto type = headerOf(request, "Content-Type");
  if (!request.body.empty() && !type.empty() && !boost::algorithm::istarts_with(type, kForm)) {
    return malformedQuery(fmt::format("the body is {}; write {}", quote(type), kForm));
  }
  return {};
}

}  // namespace

Result<Query> readQuery(const http::Request& request) {
  const auto target = std::string_view(request.target);
  const auto mark = std::min(target.find('?'), target.size());
  if (auto right = checkForm(request, target.substr(0, mark)); !right) return right.error();
  Query query;
  query.host = headerOf(request, "Host");
  if (mark < target.size()) {
    if (auto added = addPairs(target.substr(mark + 1), query.parameters); !added) {
      return added.error();
    }
  }
  if (auto added = addPairs(request.body, query.parameters); !added) return added.error();
  auto claim = readClaim({request, query.parameters});
  if (!claim) return claim.error();
  query.claim = *std::move(claim);
  return query;
}

}  // namespace netctl::ec2
