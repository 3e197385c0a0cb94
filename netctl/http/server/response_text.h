#pragma once

#include "netctl/http/http_message.h"

#include <chrono>
#include <string>

namespace netctl::http {

/// What an answer's text depends on beside the answer.
struct Framing {
  unsigned version = 11;  ///< of HTTP: 11 or 10
  bool keep_alive = true;
  bool has_body = true;  ///< HEAD is answered without
  std::chrono::sys_seconds date = {};
};

/// An answer as it goes over the wire.
std::string responseText(const Response& response, const Framing& framing);

/// As the field `Date` has it (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
std::string httpDate(std::chrono::sys_seconds time);

}  // namespace netctl::http
