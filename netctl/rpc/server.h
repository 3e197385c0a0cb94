#pragma once

#include "modes/result.h"
#include "netctl/api/dispatch.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace netctl::rpc {

struct ServerOptions {
  std::string path;   ///< NETCTL_SOCKET
  std::string group;  ///< NETCTL_SOCKET_GROUP
  /// Over this many, a connection's first request gets 503; over twice as many, connections are
  /// closed at once.
  std::size_t max_connections = 1024;
  std::size_t max_body = 1U << 20U;  ///< bytes; more get 413
  std::chrono::milliseconds request_timeout{
      10000};  ///< for a header, for a body, for the client to take the answer
  std::chrono::milliseconds idle_timeout{60000};  ///< between requests
};

/// HTTP/1.1 on a Unix socket: Service's requests and answers, with limits that no client can get
/// around.
///
/// Runs on the one thread that runs `io`; nothing of it blocks. `api` and `io` outlive it.
class Server {
 public:
  Server(boost::asio::io_context& io, api::Api& api, ServerOptions options);
  /// As `stop`.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens. Raises the process' limit of open files where the connections would not fit into it.
  Result<void> start();
  /// Listens no more, closes all connections and removes the socket. On the thread of `io`, or when
  /// that has ended.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace netctl::rpc
