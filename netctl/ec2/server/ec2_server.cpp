#include "netctl/ec2/server/ec2_server.h"

#include "netctl/ec2/answer.h"
#include "netctl/ec2/server/endpoint.h"
#include "netctl/http/server/acceptor.h"
#include "netctl/http/server/http_session.h"
#include "netctl/http/server/tcp.h"
#include "netctl/http/server/tls_session.h"

#include <fmt/format.h>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace netctl::ec2 {
namespace {

namespace ssl = boost::asio::ssl;
using boost::asio::ip::tcp;
using TcpStream = boost::beast::tcp_stream;
using TlsStream = ssl::stream<TcpStream>;
using TlsContext = std::shared_ptr<ssl::context>;

class Ec2TlsSession : public http::TlsSession<TlsStream> {
 public:
  Ec2TlsSession(std::shared_ptr<http::Sessions> sessions, tcp::socket socket, TlsContext context,
                std::optional<http::Response> refusal)
      : TlsSession(std::move(sessions), std::make_shared<TlsStream>(std::move(socket), *context),
                   std::move(refusal)),
        context_(std::move(context)) {}

 private:
  TlsContext context_;
};

Error unusable(const std::filesystem::path& file, const boost::system::error_code& fault) {
  return {ErrorCode::NotFound, "Unavailable",
          fmt::format("cannot use {}: {}; name a PEM file", file.string(), fault.message())};
}

Result<TlsContext> makeContext(const CertificateFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code fault;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                           ssl::context::no_tlsv1_1 | ssl::context::no_compression,
                       fault);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  context->use_certificate_chain_file(files.certificate.string(), fault);
  if (fault) return unusable(files.certificate, fault);
  context->use_private_key_file(files.key.string(), ssl::context::pem, fault);
  if (fault) return unusable(files.key, fault);
  return context;
}

}  // namespace

class Server::Impl {
 public:
  Impl(boost::asio::io_context& io, controller::Controller& controller, ServerOptions options)
      : options_(std::move(options)),
        sessions_(std::make_shared<http::Sessions>(
            [endpoint = Endpoint(io, controller)](const http::Request& request, http::Reply reply) {
              endpoint.handle(request, std::move(reply));
            },
            options_.limits, std::make_shared<http::Counters>(), refusal)),
        acceptor_(std::make_shared<http::Acceptor<tcp>>(io)) {}

  Result<void> start() {
    if (options_.tls) {
      auto context = makeContext(*options_.tls);
      if (!context) return context.error();
      context_ = *std::move(context);
    }
    if (auto listening =
            http::listenAt(acceptor_->native(), options_.host, options_.port, "NETCTL_EC2_LISTEN");
        !listening) {
      return listening;
    }
    acceptor_->start([this](tcp::socket socket) { admit(std::move(socket)); });
    return {};
  }

  void stop() {
    acceptor_->stop();
    sessions_->closeAll();
  }

  [[nodiscard]] std::uint16_t port() const {
    boost::system::error_code closed;
    return acceptor_->native().local_endpoint(closed).port();
  }

 private:
  void admit(tcp::socket socket) {
    std::optional<http::Response> refusal;
    if (!sessions_->admit(refusal)) return;
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (context_) {
      std::make_shared<Ec2TlsSession>(sessions_, std::move(socket), context_, std::move(refusal))
          ->start();
    } else {
      std::make_shared<http::HttpSession<TcpStream>>(
          sessions_, std::make_shared<TcpStream>(std::move(socket)), std::move(refusal))
          ->start();
    }
  }

  ServerOptions options_;
  std::shared_ptr<http::Sessions> sessions_;
  std::shared_ptr<http::Acceptor<tcp>> acceptor_;
  TlsContext context_;
};

Server::Server(boost::asio::io_context& io, controller::Controller& controller,
               ServerOptions options)
    : impl_(std::make_unique<Impl>(io, controller, std::move(options))) {}

Server::~Server() {
  stop();
}

Result<void> Server::start() {
  return impl_->start();
}

void Server::stop() {
  impl_->stop();
}

std::uint16_t Server::port() const {
  return impl_->port();
}

}  // namespace netctl::ec2
