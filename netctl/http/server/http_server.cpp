#include "netctl/http/server/http_server.h"

#include "netctl/http/server/http_session.h"
#include "netctl/http/server/listener.h"
#include "netctl/http/server/plain_stream.h"
#include "netctl/http/server/secure_stream.h"
#include "netctl/http/server/spare_descriptors.h"
#include "netctl/pki/tls_socket.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace netctl::http {
namespace {

/// An answer is one piece of text: to wait for more before it is sent would only cost time. Where
/// the socket is not of TCP, nothing waits.
void sendAtOnce(Socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

constexpr std::chrono::seconds kRetry{2};

Descriptors leftBy(Socket& socket, bool is_tcp) {
  return leavesDescriptors(socket.native_handle(), is_tcp) ? Descriptors::Enough : Descriptors::Few;
}

void admit(const std::shared_ptr<Sessions>& sessions, Socket socket,
           const HttpServer::Welcome& welcome) {
  std::optional<Response> refusal;
  auto peer = welcome(socket, refusal);
  if (!peer) return;
  const auto from = peerOf(socket);
  const auto id =
      sessions->admit(from ? hostOf(*from) : "", leftBy(socket, from.has_value()), refusal);
  if (!id) return;
  std::make_shared<HttpSession>(sessions, *id, makePlainStream(std::move(socket)), std::move(peer),
                                std::move(refusal))
      ->start();
}

void admit(const std::shared_ptr<Sessions>& sessions, Socket socket, ssl_ctx_st* context,
           const HttpServer::SecureWelcome& welcome) {
  std::optional<Response> refusal;
  const auto from = peerOf(socket);
  if (!from) return;  // it has gone already
  const auto id = sessions->admit(hostOf(*from), leftBy(socket, true), refusal);
  if (!id) return;
  auto connection = std::make_shared<pki::TlsSocket>(toTcp(std::move(socket)), context);
  // The certificate is looked at by the session, once the handshake has told it.
  auto peer = welcome(connection, sessions->refusals());
  std::make_shared<HttpSession>(sessions, *id, makeSecureStream(std::move(connection)),
                                std::move(peer), std::move(refusal))
      ->start();
}

}  // namespace

HttpServer::HttpServer(boost::asio::io_context& io, Handler handler, Limits limits,
                       std::shared_ptr<Counters> counters, Sessions::Refuse refuse)
    : io_(io),
      handler_(std::move(handler)),
      limits_(limits),
      counters_(std::move(counters)),
      refuse_(std::move(refuse)) {}

HttpServer::~HttpServer() {
  stop();
}

void HttpServer::waitForAddresses(Blocked blocked) {
  blocked_ = std::move(blocked);
  retry_ = std::make_shared<boost::asio::steady_timer>(io_);
}

Result<void> HttpServer::bind(const TcpAddress& address, Accept accept) {
  auto listener = std::make_shared<Listener>(io_);
  const auto opened = listener->open(address.host, address.port, address.key);
  if (!opened && !blocked_) return opened;
  if (!opened) blocked_(address.key, opened.error());
  places_.push_back({.listener = std::move(listener),
                     .accept = std::move(accept),
                     .waits = opened ? std::nullopt : std::optional(address)});
  return {};
}

HttpServer::Accept HttpServer::plain(std::string name, Welcome welcome) {
  return [sessions = makeSessions(std::move(name)), welcome = std::move(welcome)](Socket socket) {
    sendAtOnce(socket);
    admit(sessions, std::move(socket), welcome);
  };
}

HttpServer::Accept HttpServer::secure(std::string name, TlsContext context, SecureWelcome welcome) {
  return [sessions = makeSessions(std::move(name)), context = std::move(context),
          welcome = std::move(welcome)](Socket socket) {
    sendAtOnce(socket);
    admit(sessions, std::move(socket), context.get(), welcome);
  };
}

Result<void> HttpServer::listen(const TcpAddress& address, Welcome welcome) {
  return bind(address, plain(std::string(address.key), std::move(welcome)));
}

Result<void> HttpServer::listen(const TcpAddress& address, TlsContext context,
                                SecureWelcome welcome) {
  return bind(address, secure(std::string(address.key), std::move(context), std::move(welcome)));
}

void HttpServer::listen(int descriptor, std::string name, Welcome welcome) {
  take(descriptor, plain(std::move(name), std::move(welcome)));
}

void HttpServer::listen(int descriptor, std::string name, TlsContext context,
                        SecureWelcome welcome) {
  take(descriptor, secure(std::move(name), std::move(context), std::move(welcome)));
}

void HttpServer::take(int descriptor, Accept accept) {
  auto listener = std::make_shared<Listener>(io_);
  listener->assign(descriptor);
  places_.push_back({std::move(listener), std::move(accept), true});
}

void HttpServer::listenAnew(int descriptor) {
  for (auto& place : places_) {
    if (!place.is_given) continue;
    place.listener->stop();
    place.listener = std::make_shared<Listener>(io_);
    place.listener->assign(descriptor);
    place.listener->start(place.accept);
  }
}

void HttpServer::start() {
  for (const auto& place : places_) {
    if (!place.waits) place.listener->start(place.accept);
  }
  tryAgain();
}

void HttpServer::tryAgain() {
  if (std::ranges::none_of(places_, [](const Place& place) { return place.waits.has_value(); })) {
    return;
  }
  retry_->expires_after(kRetry);
  retry_->async_wait([this, weak = std::weak_ptr(retry_)](boost::system::error_code error) {
    if (error || weak.expired()) return;
    for (auto& place : places_) {
      if (!place.waits) continue;
      const auto address = *place.waits;
      if (!place.listener->open(address.host, address.port, address.key)) continue;
      place.waits.reset();
      place.listener->start(place.accept);
      blocked_(address.key, {});
    }
    tryAgain();
  });
}

void HttpServer::stop() {
  retry_.reset();
  for (const auto& place : places_) place.listener->stop();
  places_.clear();
  for (const auto& sessions : sessions_) sessions->closeAll();
}

std::uint16_t HttpServer::port() const {
  for (const auto& place : places_) {
    if (const auto port = place.listener->port(); port != 0) return port;
  }
  return 0;
}

std::shared_ptr<Sessions> HttpServer::makeSessions(std::string name) {
  return sessions_.emplace_back(
      std::make_shared<Sessions>(handler_, limits_, counters_, refuse_,
                                 std::make_shared<Refusals>(io_, std::move(name), on_refused_)));
}

std::unique_ptr<Peer> HttpServer::welcomeAll(Socket& /*socket*/,
                                             std::optional<Response>& /*refusal*/) {
  return std::make_unique<Peer>();
}

}  // namespace netctl::http
