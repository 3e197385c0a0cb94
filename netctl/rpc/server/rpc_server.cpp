#include "netctl/rpc/server/rpc_server.h"

#include "netctl/http/server/http_server.h"
#include "netctl/http/server/unix_socket.h"
#include "netctl/pki/tls_context.h"
#include "netctl/rpc/server/certified_connections.h"
#include "netctl/rpc/server/certified_peer.h"
#include "netctl/rpc/server/rpc_service.h"
#include "netctl/rpc/server/watcher.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace netctl::rpc {
namespace {

constexpr std::chrono::seconds kLookAtFile{1};
/// 0755, as at start.
constexpr auto kDirectoryMode =
    std::filesystem::perms::owner_all | std::filesystem::perms::group_read |
    std::filesystem::perms::group_exec | std::filesystem::perms::others_read |
    std::filesystem::perms::others_exec;

RpcService::Counters countersOfAll(const ServerOptions& options,
                                   std::shared_ptr<const http::Counters> own) {
  auto counters = options.counters;
  counters["rpc"] = std::move(own);
  return counters;
}

}  // namespace

class RpcServer::Impl {
 public:
  Impl(boost::asio::io_context& io, api::Api& api, ServerOptions options)
      : options_(std::move(options)),
        server_(
            io,
            [service = RpcService(io, api, countersOfAll(options_, counters_))](
                const http::Request& request, http::Reply reply) mutable {
              service.handle(request, std::move(reply));
            },
            options_.limits, counters_),
        io_(io),
        file_timer_(io) {}

  Result<void> start() {
    if (options_.on_blocked) server_.waitForAddresses(options_.on_blocked);
    server_.onRefused(options_.on_refused);
    // A missing file of TLS is found before anybody is served.
    if (auto listening = listenForMachines(); !listening) return listening;
    if (auto listening = listenForWatchers(); !listening) return listening;
    auto socket = http::UnixSocket::listen(options_.path, options_.group);
    if (!socket) return socket.error();
    socket_.emplace(*std::move(socket));
    if (!socket_->group()) {
      spdlog::warn("rpc no-group group={} only root may use {}", options_.group, options_.path);
    }
    server_.listen(socket_->release(), options_.path, [this](auto& connection, auto& refusal) {
      return welcome(connection, refusal);
    });
    server_.start();
    watchFile();
    return {};
  }

  void stop() {
    file_timer_.cancel();
    server_.stop();
    socket_.reset();
  }

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  void renewCertificates() {
    boost::asio::post(io_, [this] {
      if (machines_tls_) renewForMachines();
      if (!watch_tls_) return;
      const auto renewed = http::renew(watch_tls_, *options_.watch->tls);
      if (renewed) return;
      spdlog::error("metrics go on with the former certificate: {}", renewed.error().message);
    });
  }

 private:
  Result<void> listenForMachines() {
    if (!options_.tls) return {};
    const auto tls = std::make_shared<const TlsOptions>(*options_.tls);
    auto context = pki::serverContext(tls->files);
    if (!context) return context.error();
    machines_tls_ = *std::move(context);
    return server_.listen({tls->host, tls->port, "NETCTL_LISTEN"},
                          http::TlsContext(machines_tls_, machines_tls_->native_handle()),
                          [tls, connections = connections_](auto connection, auto refusals) {
                            return makeCertifiedPeer(connection, tls, *connections, refusals);
                          });
  }

  /// Whom it believes first: that must not wait for a certificate of its own.
  void renewForMachines() {
    const auto& tls = *options_.tls;
    const auto trusts_others = pki::renewTrust(machines_tls_, tls.files);
    if (trusts_others && *trusts_others) connections_->endRefused();
    const auto renewed = pki::renewCertificate(machines_tls_, tls.files);
    std::optional<Error> error;
    if (!renewed) error = renewed.error();
    if (!trusts_others) error = trusts_others.error();
    if (error) spdlog::error("rpc goes on with the former certificates: {}", error->message);
    if (tls.on_renewed) tls.on_renewed(error);
  }

  Result<void> listenForWatchers() {
    if (!options_.watch) return {};
    const http::TcpAddress address{options_.watch->host, options_.watch->port,
                                   "NETCTL_METRICS_LISTEN"};
    const auto welcome = [](const auto&, const auto&) { return std::make_unique<Watcher>(); };
    if (!options_.watch->tls) return server_.listen(address, welcome);
    auto context = http::makeTlsContext(*options_.watch->tls);
    if (!context) return context.error();
    watch_tls_ = *std::move(context);
    return server_.listen(address, watch_tls_, welcome);
  }

  /// Who cleans up /run takes the socket's file away, and leaves us with a socket that nobody
  /// finds.
  void watchFile() {
    file_timer_.expires_after(kLookAtFile);
    file_timer_.async_wait([this](boost::system::error_code canceled) {
      if (canceled || !socket_) return;
      if (!socket_->hasFile()) makeFileAgain();
      watchFile();
    });
  }

  void makeFileAgain() {
    std::error_code ignored;
    const auto directory = std::filesystem::path(options_.path).parent_path();
    if (std::filesystem::create_directories(directory, ignored)) {
      std::filesystem::permissions(directory, kDirectoryMode, ignored);
    }
    auto socket = http::UnixSocket::listen(options_.path, options_.group);
    if (!socket) {
      // Once a second would fill the log.
      if (!std::exchange(cannot_listen_, true)) spdlog::warn("rpc {}", socket.error().message);
      return;
    }
    cannot_listen_ = false;
    socket_.emplace(*std::move(socket));
    server_.listenAnew(socket_->release());
    if (options_.on_made_again) options_.on_made_again();
  }

  std::unique_ptr<http::Peer> welcome(http::Socket& connection,
                                      std::optional<http::Response>& refusal) {
    if (!http::peerMayCall(connection.native_handle(), socket_->group())) {
      refusal = http::plainResponse(
          403, fmt::format("only root and the group {} may call\n", options_.group));
    }
    return std::make_unique<http::Peer>();
  }

  ServerOptions options_;
  std::shared_ptr<http::Counters> counters_ = std::make_shared<http::Counters>();
  std::optional<http::UnixSocket> socket_;
  http::HttpServer server_;
  pki::TlsContext machines_tls_;
  std::shared_ptr<CertifiedConnections> connections_ = std::make_shared<CertifiedConnections>();
  http::TlsContext watch_tls_;
  boost::asio::io_context& io_;
  boost::asio::steady_timer file_timer_;
  bool cannot_listen_ = false;
};

RpcServer::RpcServer(boost::asio::io_context& io, api::Api& api, ServerOptions options)
    : impl_(std::make_unique<Impl>(io, api, std::move(options))) {}

RpcServer::~RpcServer() {
  stop();
}

void RpcServer::renewCertificates() {
  impl_->renewCertificates();
}

Result<void> RpcServer::start() {
  return impl_->start();
}

void RpcServer::stop() {
  impl_->stop();
}

std::uint16_t RpcServer::port() const {
  return impl_->port();
}

}  // namespace netctl::rpc
