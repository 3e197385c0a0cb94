#pragma once

#include "netctl/api/api.h"
#include "netctl/http/http_message.h"
#include "netctl/http/server/counters.h"
#include "netctl/rpc/server/call_counts.h"

#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace netctl::rpc {

/// The places of the RPC's server: `POST /rpc`, `GET /healthz`, `GET /metrics`.
///
/// A listener of any kind (Unix socket, TLS) checks who calls and brings its requests here.
/// Used on the thread of `io` only; replies come there too.
class RpcService {
 public:
  /// By the server's name.
  using Counters = std::map<std::string, std::shared_ptr<const http::Counters>>;

  /// Shows `counters`, which the servers keep, among the metrics.
  RpcService(boost::asio::io_context& io, api::Api& api, Counters counters)
      : io_(io), api_(api), counters_(std::move(counters)) {}

  /// Replies once. The reply may come after this object's end, never after that of `io`.
  void handle(const http::Request& request, http::Reply reply);

 private:
  void metrics(http::Reply reply);

  boost::asio::io_context& io_;
  api::Api& api_;
  Counters counters_;
  std::shared_ptr<CallCounts> calls_ = std::make_shared<CallCounts>();
};

}  // namespace netctl::rpc
