#include "netctl/http/http_message.h"

#include <fmt/format.h>
#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace netctl::http {

const std::string* findField(const Fields& fields, std::string_view name) {
  const auto found = std::ranges::find_if(
      fields, [name](const auto& field) { return boost::beast::iequals(field.first, name); });
  return found == fields.end() ? nullptr : &found->second;
}

Response plainResponse(int status, std::string text) {
  return {status, "text/plain; charset=utf-8", std::move(text)};
}

Response notAllowed(std::string_view allow) {
  auto response = plainResponse(405, fmt::format("only {} is possible here\n", allow));
  response.fields.emplace_back("Allow", allow);
  return response;
}

}  // namespace netctl::http
