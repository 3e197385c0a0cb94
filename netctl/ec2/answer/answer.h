#pragma once

#include "base/result.h"
#include "netctl/http/http_message.h"

#include <string>
#include <string_view>
#include <variant>

/// The documents that answer requests to the EC2 Query API.
namespace netctl::ec2 {

/// Whose form an answer has.
enum class Document { Compute, SecurityToken };

/// What an answer says, before it is a document.
struct Success {
  Document document = Document::Compute;
  std::string elements;  ///< of XML, those between `<requestId>` and the end
};
struct Failure {
  std::string code;  ///< EC2's
  std::string message;
};
using Answer = std::variant<Success, Failure>;

/// An error as clients are told of it. The message of a fault of our own goes to the log, and they
/// are not told.
Failure failureOf(const Error& error);

/// The document of an answer to that action. `version` is the API's that the request names.
http::Response documentOf(const Answer& answer, std::string_view action, std::string_view version);

/// `<ActionResponse>` of that version with its request id and these elements.
http::Response success(std::string_view action, std::string_view version,
                       std::string_view elements);
/// The same of the Security Token Service, whose answers stand in `<ActionResult>`.
http::Response tokenServiceSuccess(std::string_view action, std::string_view elements);
/// `<Response><Errors>...`, with the status that belongs to the error's reason: failureOf.
http::Response failure(const Error& error);
/// The answer to a request that could not even be read as HTTP.
http::Response refusal(int status, std::string text);

/// The HTTP status of an EC2 error code.
int statusOf(std::string_view code);

}  // namespace netctl::ec2
