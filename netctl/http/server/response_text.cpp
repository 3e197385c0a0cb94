#include "netctl/http/server/response_text.h"

#include <fmt/format.h>
#include <boost/beast/http/status.hpp>

#include <array>
#include <iterator>
#include <string_view>

namespace netctl::http {

std::string httpDate(std::chrono::sys_seconds time) {
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays.at(std::chrono::weekday(day).c_encoding()),
      static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
      static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
      clock.seconds().count());
}

std::string responseText(const Response& response, const Framing& framing) {
  namespace beast_http = boost::beast::http;
  const std::string_view reason = beast_http::obsolete_reason(
      beast_http::int_to_status(static_cast<unsigned>(response.status)));
  std::string text;
  text.reserve(256 + response.body.size());
  auto out = std::back_inserter(text);
  fmt::format_to(out, "HTTP/1.{} {} {}\r\nDate: {}\r\nServer: netctl\r\n", framing.version % 10,
                 response.status, reason, httpDate(framing.date));
  if (!response.content_type.empty())
    fmt::format_to(out, "Content-Type: {}\r\n", response.content_type);
  for (const auto& [name, value] : response.fields) fmt::format_to(out, "{}: {}\r\n", name, value);
  // The usual case differs between the versions (RFC 9112, section 9.3).
  if (framing.version > 10 && !framing.keep_alive) text += "Connection: close\r\n";
  if (framing.version <= 10 && framing.keep_alive) text += "Connection: keep-alive\r\n";
  // A 204 has no length (RFC 9110, section 8.6).
  if (response.status != 204) fmt::format_to(out, "Content-Length: {}\r\n", response.body.size());
  text += "\r\n";
  if (framing.has_body) text += response.body;
  return text;
}

}  // namespace netctl::http
