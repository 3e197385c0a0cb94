#pragma once

#include "netctl/http/http_message.h"

#include <string>

namespace netctl::http {

/// An answer as it goes over the wire, in that version of HTTP (11 or 10).
std::string responseText(const Response& response, unsigned version, bool keep_alive);

}  // namespace netctl::http
