#pragma once

#include "base/descriptor.h"
#include "base/result.h"
#include "netctl/http/server/certificate.h"
#include "netctl/http/server/counters.h"
#include "netctl/http/server/http_server.h"
#include "netctl/http/server/refusals.h"
#include "netctl/web/server/ec2_front.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>

namespace netctl::web {

/// The EC2 endpoint by HTTP/1.1 over TCP, or over TLS 1.2 and later, for everybody who can reach
/// it. Runs on the one thread that runs `io`, which outlives it; nothing of it blocks.
class WebServer {
 public:
  struct Options {
    http::Limits limits = {};
    std::shared_ptr<http::Counters> counters = std::make_shared<http::Counters>();
    /// Connections were turned away: http::HttpServer::onRefused.
    http::Refusals::Told on_refused = {};
  };

  WebServer(boost::asio::io_context& io, Ask ask, Options options);

  /// Serves those who connect to this socket, which listens already.
  Result<void> serve(Descriptor listening, const std::optional<http::CertificateTexts>& texts);
  /// Connections that begin from now on are shown this certificate. Once it serves by TLS.
  Result<void> renew(const http::CertificateTexts& texts);

 private:
  http::HttpServer server_;
  http::TlsContext tls_;  ///< null: plain HTTP
};

}  // namespace netctl::web
