#pragma once

#include "base/result.h"
#include "netctl/http/http_message.h"

#include <string>
#include <string_view>

/// The documents that answer requests to the EC2 Query API.
namespace netctl::ec2 {

/// `<ActionResponse>` of that version with its request id and these elements.
http::Response success(std::string_view action, std::string_view version,
                       std::string_view elements);
/// The same of the Security Token Service, whose answers stand in `<ActionResult>`.
http::Response tokenServiceSuccess(std::string_view action, std::string_view elements);
/// `<Response><Errors>...`, with the status that belongs to the error's reason. The message of a
/// fault of our own stays with us.
http::Response failure(const Error& error);
/// The answer to a request that could not even be read as HTTP.
http::Response refusal(int status, std::string text);

/// The HTTP status of an EC2 error code.
int statusOf(std::string_view code);

}  // namespace netctl::ec2
