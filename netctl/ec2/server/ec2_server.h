#pragma once

#include "base/result.h"
#include "netctl/controller/controller.h"
#include "netctl/http/server/http_server.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace netctl::ec2 {

struct ServerOptions {
  std::string host;  ///< NETCTL_EC2_LISTEN
  std::uint16_t port = 0;
  std::optional<http::CertificateFiles> tls = {};  ///< NETCTL_EC2_CERT, NETCTL_EC2_KEY
  http::Limits limits = {};
  /// Connections were turned away: http::HttpServer::onRefused.
  http::Refusals::Told on_refused = {};
  std::shared_ptr<http::Counters> counters = {};  ///< to be kept up to date; null: nobody reads any
  /// Where it is given, an address that cannot be bound is waited for: see http::HttpServer.
  http::HttpServer::Blocked on_blocked = {};
};

/// The endpoint by HTTP/1.1 over TCP, or over TLS 1.2 and later, for everybody who can reach it.
///
/// Runs on the one thread that runs `io`; nothing of it blocks. That thread is to be its own:
/// anybody can make it busy with requests that are refused. `io` and `controller` outlive it.
class Ec2Server {
 public:
  /// On the controller's thread, or before that runs.
  Ec2Server(boost::asio::io_context& io, controller::Controller& controller, ServerOptions options);
  /// As `stop`.
  ~Ec2Server();
  Ec2Server(const Ec2Server&) = delete;
  Ec2Server& operator=(const Ec2Server&) = delete;

  /// Listens. The error names the address or the file that is wrong.
  Result<void> start();
  /// Listens no more and closes all connections. On the thread of `io`, or when that has ended.
  void stop();
  /// Reads the certificate's files again, for connections from then on; where they are wrong, that
  /// is logged and the former ones stay. From any thread.
  void renewCertificate();
  /// Of the listener, once started: port 0 asks for any.
  [[nodiscard]] std::uint16_t port() const;

 private:
  Result<void> listen();

  boost::asio::io_context& io_;
  ServerOptions options_;
  http::TlsContext tls_;  ///< null: plain HTTP
  http::HttpServer server_;
};

}  // namespace netctl::ec2
