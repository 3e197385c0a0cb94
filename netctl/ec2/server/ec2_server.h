#pragma once

#include "base/result.h"
#include "netctl/controller/controller.h"
#include "netctl/http/server/sessions.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace netctl::ec2 {

/// The files of a server whose clients show no certificate.
struct CertificateFiles {
  std::filesystem::path certificate;  ///< PEM, with the chain
  std::filesystem::path key;
};

struct ServerOptions {
  std::string host;  ///< NETCTL_EC2_LISTEN
  std::uint16_t port = 0;
  std::optional<CertificateFiles> tls = {};  ///< NETCTL_EC2_CERT, NETCTL_EC2_KEY
  /// Over `max_connections`, a connection's first request gets 503; over twice as many, connections
  /// are closed at once.
  http::Limits limits = {};
};

/// The endpoint by HTTP/1.1 over TCP, or over TLS 1.2 and later, for everybody who can reach it.
///
/// Runs on the one thread that runs `io`; nothing of it blocks. `io` and `controller` outlive it.
class Server {
 public:
  Server(boost::asio::io_context& io, controller::Controller& controller, ServerOptions options);
  /// As `stop`.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens. The error names the address or the file that is wrong.
  Result<void> start();
  /// Listens no more and closes all connections. On the thread of `io`, or when that has ended.
  void stop();
  /// Once started; for those who asked for port 0.
  [[nodiscard]] std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netctl::ec2
