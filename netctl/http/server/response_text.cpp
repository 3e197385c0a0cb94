#include "netctl/http/server/response_text.h"

#include <fmt/format.h>
#include <boost/beast/http/status.hpp>

#include <iterator>
#include <string_view>

namespace netctl::http {

std::string responseText(const Response& response, unsigned version, bool keep_alive) {
  namespace beast_http = boost::beast::http;
  const std::string_view reason = beast_http::obsolete_reason(
      beast_http::int_to_status(static_cast<unsigned>(response.status)));
  std::string text;
  text.reserve(256 + response.body.size());
  auto out = std::back_inserter(text);
  fmt::format_to(out, "HTTP/1.{} {} {}\r\nServer: netctl\r\n", version % 10, response.status,
                 reason);
  if (!response.content_type.empty())
    fmt::format_to(out, "Content-Type: {}\r\n", response.content_type);
  for (const auto& [name, value] : response.fields) fmt::format_to(out, "{}: {}\r\n", name, value);
  // The usual case differs between the versions (RFC 9112, section 9.3).
  if (version > 10 && !keep_alive) text += "Connection: close\r\n";
  if (version <= 10 && keep_alive) text += "Connection: keep-alive\r\n";
  // A 204 has no length (RFC 9110, section 8.6).
  if (response.status != 204) fmt::format_to(out, "Content-Length: {}\r\n", response.body.size());
  return text.append("\r\n").append(response.body);
}

}  // namespace netctl::http
