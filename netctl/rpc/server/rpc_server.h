#pragma once

#include "base/result.h"
#include "netctl/api/api.h"
#include "netctl/http/server/certificate.h"
#include "netctl/http/server/sessions.h"
#include "netctl/pki/tls.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace netctl::rpc {

/// The listener for other machines: mutual TLS 1.3. A client's certificate administers the whole
/// cloud; a reader's may call what only reads; a node's opens the node link, by `GET /node` with
/// `Upgrade: netctl-node`, and nothing else.
struct TlsOptions {
  std::string host;  ///< NETCTL_LISTEN
  std::uint16_t port = 0;
  pki::TlsFiles files;
  /// Takes the connection of a node over, by the name in its certificate; none: nodes get 404.
  std::function<void(std::shared_ptr<pki::TlsSocket>, std::string node)> on_node = {};
  /// The files were read again; with an error, what was in one of them before goes on.
  std::function<void(const std::optional<Error>& error)> on_renewed = {};
};

/// The listener for who watches over this host: NETCTL_METRICS_LISTEN. It shows /metrics and
/// /healthz to everybody, and nothing else to anybody.
struct WatchOptions {
  std::string host;
  std::uint16_t port = 0;
  std::optional<http::CertificateFiles> tls = {};  ///< absent: plain HTTP
};

struct ServerOptions {
  std::string path;          ///< NETCTL_SOCKET
  std::string group;         ///< NETCTL_SOCKET_GROUP
  http::Limits limits = {};  ///< of each listener
  /// Of other servers, by name: shown among the metrics.
  std::map<std::string, std::shared_ptr<const http::Counters>> counters = {};
  std::optional<TlsOptions> tls = {};
  std::optional<WatchOptions> watch = {};
  /// Connections were turned away: http::HttpServer::onRefused.
  http::Refusals::Told on_refused = {};
  /// The socket's file was gone, and was made again with what was missing above it.
  std::function<void()> on_made_again = {};
  /// Where it is given, an address that cannot be bound is waited for: see http::HttpServer.
  std::function<void(std::string_view key, const std::optional<Error>& error)> on_blocked = {};
};

/// HTTP/1.1 on a Unix socket, and by TLS where that is asked for: RpcService's answers,
/// with limits that no client can get around.
///
/// Runs on the one thread that runs `io`; nothing of it blocks. `api` and `io` outlive it.
class RpcServer {
 public:
  RpcServer(boost::asio::io_context& io, api::Api& api, ServerOptions options);
  /// As `stop`.
  ~RpcServer();
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

  /// Listens.
  Result<void> start();
  /// Listens no more, closes all connections and removes the socket. Node links that were handed
  /// over stay. On the thread of `io`, or when that has ended.
  void stop();
  /// Connections that begin from now on are shown the certificates that are in the files now, and
  /// are judged by the authority and by the list of what it has revoked as they are there. Whom
  /// these would refuse now is cut. From any thread.
  void renewCertificates();
  /// The port of the first listener of TCP, once started; for those who asked for port 0.
  [[nodiscard]] std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netctl::rpc
