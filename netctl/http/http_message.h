#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP/1.1 for all that netctld serves: the RPC, EC2 and the metadata.
namespace netctl::http {

/// Header fields in their order; a name may come more than once.
using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string target;  ///< as sent: path and query, escapes and all
  Fields fields = {};
  std::string body = {};
  std::string peer = {};    ///< the address that it comes from, without port; empty: a Unix socket
  bool only_reads = false;  ///< its peer may ask for what is there, and change nothing
};

struct Response {
  int status = 200;
  std::string content_type;  ///< empty: the answer has no such field
  std::string body;
  Fields fields = {};  ///< further ones
  /// The IP time to live that it leaves with, where the peer's protocol has one; absent: the
  /// system's.
  std::optional<int> hops = {};
};

using Reply = std::function<void(const Response&)>;
/// Replies once, on the thread of the listener, now or later.
using Handler = std::function<void(Request, Reply)>;

/// The first field of that name, compared without case; null where there is none.
const std::string* findField(const Fields& fields, std::string_view name);

/// A text for people.
Response plainResponse(int status, std::string text);
/// 405, with the methods that are possible.
Response notAllowed(std::string_view allow);

}  // namespace netctl::http
