#pragma once

#include "netctl/api/dispatch.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace netctl::rpc {

/// An HTTP request and its answer, whatever carried them.
struct HttpRequest {
  std::string method;
  std::string target;
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::string body;
  std::string allow;  ///< with 405: what is possible
};

struct Counters {
  std::uint64_t connections = 0;  ///< open now
  std::uint64_t connections_refused = 0;
  std::uint64_t requests = 0;
};

/// What the HTTP server offers: `POST /rpc`, `GET /healthz`, `GET /metrics`.
///
/// A listener of any kind (Unix socket, TLS) checks who calls and brings its requests here.
/// Used on the thread of `io` only; replies come there too.
class Service {
 public:
  using Reply = std::function<void(HttpResponse)>;

  Service(boost::asio::io_context& io, api::Api& api) : io_(io), api_(api) {}

  /// Replies once. The reply may come after this object's end, never after that of `io`.
  void handle(const HttpRequest& request, Reply reply);

  Counters& counters() { return *counters_; }

 private:
  void metrics(Reply reply);

  boost::asio::io_context& io_;
  api::Api& api_;
  std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
};

/// A plain text for people, as answer with that status.
HttpResponse plainResponse(int status, std::string text);

}  // namespace netctl::rpc
