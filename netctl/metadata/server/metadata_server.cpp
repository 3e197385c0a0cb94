#include "netctl/metadata/server/metadata_server.h"

#include "modes/firewall/metadata.h"
#include "netctl/http/server/http_server.h"
#include "netctl/http/server/stream.h"
#include "netctl/metadata/metadata_service.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace netctl::metadata {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

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

class InstancePeer : public http::Peer {
 public:
  InstancePeer(std::string address, std::shared_ptr<Peers> peers)
      : address_(std::move(address)), peers_(std::move(peers)) {
    ++(*peers_)[address_];
  }
  ~InstancePeer() override {
    const auto count = peers_->find(address_);
    if (--count->second == 0) peers_->erase(count);
  }

  [[nodiscard]] std::string address() const override { return address_; }

  /// A token that a router inside the instance would forward is lost on the way.
  void beforeWriting(http::Stream& stream, const http::Response& response) override {
    const int hops = isToken(response) ? kOneHop : kUsualHops;
    if (std::exchange(hops_, hops) == hops) return;
    (void)setsockopt(stream.descriptor(), IPPROTO_IP, IP_TTL, &hops, sizeof hops);
  }

 private:
  std::string address_;
  std::shared_ptr<Peers> peers_;
  int hops_ = kUsualHops;
};

}  // namespace

class MetadataServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, controller::Controller& controller)
      : io_(io),
        controller_(controller),
        server_(
            io,
            [this](http::Request request, http::Reply reply) {
              handle(std::move(request), std::move(reply));
            },
            kLimits, std::make_shared<http::Counters>()),
        retry_(io) {}

  void start() {
    const tcp::endpoint endpoint(asio::ip::address_v4(firewall::kMetadataAddress.value),
                                 firewall::kMetadataPort);
    if (const auto fault = server_.listenAhead(
            endpoint, [this](auto& socket, auto&) { return welcome(socket); })) {
      return failed(fault);
    }
    server_.start();
    if (has_failed_) {
      controller_.note(controller::EventKind::Notice, "metadata", "is served again");
    }
    has_failed_ = false;
  }

  void stop() {
    retry_.cancel();
    server_.stop();
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

  std::unique_ptr<http::Peer> welcome(const http::Socket& socket) {
    const auto peer = http::peerOf(socket);
    if (!peer) return {};  // it has gone already
    auto address = peer->address().to_string();
    const auto count = peers_->find(address);
    if (count != peers_->end() && count->second >= kMaxOfOnePeer) return {};
    return std::make_unique<InstancePeer>(std::move(address), peers_);
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
  http::HttpServer server_;
  asio::steady_timer retry_;
  bool has_failed_ = false;
};

MetadataServer::MetadataServer(asio::io_context& io, controller::Controller& controller)
    : impl_(std::make_shared<Impl>(io, controller)) {}

MetadataServer::~MetadataServer() {
  stop();
}

void MetadataServer::start() {
  impl_->start();
}

void MetadataServer::stop() {
  impl_->stop();
}

}  // namespace netctl::metadata
