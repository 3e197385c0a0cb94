#include "netctl/metadata/server/metadata_server.h"

#include "modes/firewall/metadata.h"
#include "netctl/http/server/acceptor.h"
#include "netctl/http/server/http_session.h"
#include "netctl/http/server/tcp.h"
#include "netctl/metadata/metadata_service.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/unicast.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace netctl::metadata {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Stream = boost::beast::tcp_stream;

constexpr http::Limits kLimits{.max_connections = 1024,
                               .max_body = 1024,  // nothing that is asked for here has one
                               .request_timeout = std::chrono::seconds(10),
                               .idle_timeout = std::chrono::seconds(15)};
constexpr std::size_t kMaxOfOnePeer = 64;
constexpr std::chrono::seconds kRetry{2};
constexpr int kOneHop = 1;
constexpr int kUsualHops = -1;  ///< the system's

/// How many connections each peer has.
using Peers = std::unordered_map<std::string, std::size_t>;

class MetadataSession : public http::HttpSession<Stream> {
 public:
  MetadataSession(std::shared_ptr<http::Sessions> sessions, std::shared_ptr<Stream> stream,
                  std::optional<http::Response> refusal, std::string peer,
                  std::shared_ptr<Peers> peers)
      : HttpSession(std::move(sessions), std::move(stream), std::move(refusal)),
        peer_(std::move(peer)),
        peers_(std::move(peers)) {
    ++(*peers_)[peer_];
  }
  MetadataSession(const MetadataSession&) = delete;
  MetadataSession& operator=(const MetadataSession&) = delete;
  ~MetadataSession() override {
    const auto count = peers_->find(peer_);
    if (--count->second == 0) peers_->erase(count);
  }

 protected:
  std::string peer() override { return peer_; }

  /// A token that a router inside the instance would forward is lost on the way.
  void beforeWriting(const http::Response& response) override {
    error_code ignored;
    lowest().socket().set_option(asio::ip::unicast::hops(isToken(response) ? kOneHop : kUsualHops),
                                 ignored);
  }

 private:
  std::string peer_;
  std::shared_ptr<Peers> peers_;
};

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, controller::Controller& controller)
      : io_(io),
        controller_(controller),
        sessions_(std::make_shared<http::Sessions>(
            [this](http::Request request, http::Reply reply) {
              handle(std::move(request), std::move(reply));
            },
            kLimits, std::make_shared<http::Counters>())),
        retry_(io) {}

  void start() {
    acceptor_ = std::make_shared<http::Acceptor<tcp>>(io_);
    const tcp::endpoint endpoint(asio::ip::address_v4(firewall::kMetadataAddress.value),
                                 firewall::kMetadataPort);
    if (const auto fault = http::listenAt(acceptor_->native(), endpoint, true)) {
      return failed(fault);
    }
    acceptor_->start([this](tcp::socket socket) { admit(std::move(socket)); });
    if (has_failed_) {
      controller_.note(controller::EventKind::Notice, "metadata", "is served again");
    }
    has_failed_ = false;
  }

  void stop() {
    retry_.cancel();
    if (acceptor_) acceptor_->stop();
    sessions_->closeAll();
  }

 private:
  void failed(const error_code& fault) {
    if (!std::exchange(has_failed_, true)) {
      const auto reason = fmt::format(
          "cannot listen at {} port {}: {}; where another server of this host has that port at all "
          "addresses, name those it needs, or let NETCTL_METADATA_ENDPOINT serve the instances",
          net::format(firewall::kMetadataAddress), firewall::kMetadataPort, fault.message());
      spdlog::error("metadata {}", reason);
      controller_.note(controller::EventKind::Error, "metadata", reason);
    }
    retry_.expires_after(kRetry);
    retry_.async_wait([weak = weak_from_this()](error_code cancelled) {
      const auto self = weak.lock();
      if (self && !cancelled) self->start();
    });
  }

  void admit(tcp::socket socket) {
    error_code fault;
    const auto peer = socket.remote_endpoint(fault).address().to_string();
    if (fault) return;  // it has gone already
    std::optional<http::Response> refusal;
    if (const auto count = peers_->find(peer);
        count != peers_->end() && count->second >= kMaxOfOnePeer) {
      return;
    }
    if (!sessions_->admit(refusal)) return;
    std::make_shared<MetadataSession>(sessions_, std::make_shared<Stream>(std::move(socket)),
                                      std::move(refusal), peer, peers_)
        ->start();
  }

  void handle(http::Request request, http::Reply reply) {
    controller_.read([weak = weak_from_this(), request = std::move(request),
                      reply = std::move(reply)](const controller::View& view) {
      const auto self = weak.lock();
      if (!self) return;
      auto response = answer(view.cloud, self->tokens_, request, std::chrono::system_clock::now());
      asio::post(self->io_, [reply, response = std::move(response)]() { reply(response); });
    });
  }

  asio::io_context& io_;
  controller::Controller& controller_;
  const Tokens tokens_;
  std::shared_ptr<Peers> peers_ = std::make_shared<Peers>();
  std::shared_ptr<http::Sessions> sessions_;
  std::shared_ptr<http::Acceptor<tcp>> acceptor_;
  asio::steady_timer retry_;
  bool has_failed_ = false;
};

Server::Server(asio::io_context& io, controller::Controller& controller)
    : impl_(std::make_shared<Impl>(io, controller)) {}

Server::~Server() {
  stop();
}

void Server::start() {
  impl_->start();
}

void Server::stop() {
  impl_->stop();
}

}  // namespace netctl::metadata
