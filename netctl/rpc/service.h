#pragma once

#include "netctl/api/api.h"
#include "netctl/http/message.h"
#include "netctl/http/sessions.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <utility>

namespace netctl::rpc {

/// What the HTTP server offers: `POST /rpc`, `GET /healthz`, `GET /metrics`.
///
/// A listener of any kind (Unix socket, TLS) checks who calls and brings its requests here.
/// Used on the thread of `io` only; replies come there too.
class Service {
 public:
  /// Shows `counters`, which the listeners keep, among the metrics.
  Service(boost::asio::io_context& io, api::Api& api,
          std::shared_ptr<const http::Counters> counters)
      : io_(io), api_(api), counters_(std::move(counters)) {}

  /// Replies once. The reply may come after this object's end, never after that of `io`.
  void handle(const http::Request& request, http::Reply reply);

 private:
  void metrics(http::Reply reply);

  boost::asio::io_context& io_;
  api::Api& api_;
  std::shared_ptr<const http::Counters> counters_;
};

}  // namespace netctl::rpc
