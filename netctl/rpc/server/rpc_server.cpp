#include "netctl/rpc/server/rpc_server.h"

#include "netctl/http/server/acceptor.h"
#include "netctl/http/server/http_session.h"
#include "netctl/rpc/server/rpc_service.h"
#include "netctl/rpc/server/tls_listener.h"
#include "netctl/http/server/unix_socket.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/local/stream_protocol.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace netctl::rpc {
namespace {

using Local = boost::asio::local::stream_protocol;
using UnixSession = http::HttpSession<boost::beast::basic_stream<Local>>;

/// All connections need descriptors, and the rest of the process some too.
void raiseFileLimit(std::size_t connections) {
  rlimit limit{};
  const rlim_t wanted = 2 * connections + 512;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    spdlog::warn("rpc file-limit {} cannot be raised", limit.rlim_cur);
}

}  // namespace

class Server::Impl {
 public:
  Impl(boost::asio::io_context& io, api::Api& api, ServerOptions options)
      : options_(std::move(options)),
        sessions_(std::make_shared<http::Sessions>(
            [service = Service(io, api, counters_)](const http::Request& request,
                                                    http::Reply reply) mutable {
              service.handle(request, std::move(reply));
            },
            options_.limits, counters_)),
        acceptor_(std::make_shared<http::Acceptor<Local>>(io)) {
    if (options_.tls) tls_.emplace(io, sessions_, *options_.tls);
  }

  Result<void> start() {
    raiseFileLimit(options_.limits.max_connections);
    // What may be missing for TLS is found before anybody is served.
    if (tls_) {
      if (auto opened = tls_->open(); !opened) return opened;
    }
    auto socket = UnixSocket::listen(options_.path, options_.group);
    if (!socket) return socket.error();
    socket_.emplace(*std::move(socket));
    if (!socket_->group()) {
      spdlog::warn("rpc no-group group={} only root may use {}", options_.group, options_.path);
    }
    acceptor_->native().assign(Local(), socket_->release());
    acceptor_->start([this](Local::socket local) { admit(std::move(local)); });
    if (tls_) tls_->start();
    return {};
  }

  void stop() {
    acceptor_->stop();
    if (tls_) tls_->stop();
    socket_.reset();
    sessions_->closeAll();
  }

  [[nodiscard]] std::uint16_t port() const { return tls_ ? tls_->port() : 0; }

 private:
  void admit(Local::socket socket) {
    std::optional<http::Response> refusal;
    if (!peerMayCall(socket.native_handle(), socket_->group())) {
      refusal = http::plainResponse(
          403, fmt::format("only root and the group {} may call\n", options_.group));
    }
    if (!sessions_->admit(refusal)) return;
    auto stream = std::make_shared<boost::beast::basic_stream<Local>>(std::move(socket));
    std::make_shared<UnixSession>(sessions_, std::move(stream), std::move(refusal))->start();
  }

  ServerOptions options_;
  std::shared_ptr<http::Counters> counters_ = std::make_shared<http::Counters>();
  std::shared_ptr<http::Sessions> sessions_;
  std::shared_ptr<http::Acceptor<Local>> acceptor_;
  std::optional<UnixSocket> socket_;
  std::optional<TlsListener> tls_;
};

Server::Server(boost::asio::io_context& io, api::Api& api, ServerOptions options)
    : impl_(std::make_unique<Impl>(io, api, std::move(options))) {}

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

}  // namespace netctl::rpc
