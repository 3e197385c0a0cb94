#include "netctl/http/server/listener.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <utility>

namespace netctl::http {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// An address may be bound that the host does not have yet.
using FreeBind = boost::asio::detail::socket_option::boolean<IPPROTO_IP, IP_FREEBIND>;

constexpr std::chrono::milliseconds kPause{100};

}  // namespace

error_code Listener::open(const tcp::endpoint& endpoint) {
  error_code fault;
  acceptor_.open(endpoint.protocol(), fault);
  if (!fault) acceptor_.set_option(boost::asio::socket_base::reuse_address(true), fault);
  if (!fault) acceptor_.set_option(FreeBind(true), fault);
  if (!fault) acceptor_.bind(endpoint, fault);
  if (!fault) acceptor_.listen(boost::asio::socket_base::max_listen_connections, fault);
  error_code ignored;
  if (fault) acceptor_.close(ignored);  // so that it can be opened again
  return fault;
}

Result<void> Listener::open(const std::string& host, std::uint16_t port, std::string_view key) {
  error_code fault;
  const auto found = tcp::resolver(acceptor_.get_executor())
                         .resolve(host, std::to_string(port), tcp::resolver::passive, fault);
  if (!fault) fault = open(found.begin()->endpoint());
  if (!fault) return {};
  return Error{ErrorCode::Kernel, "Unavailable",
               fmt::format("cannot listen at {} port {}, which {} names: {}", host, port, key,
                           fault.message())};
}

Descriptor Listener::release() {
  error_code fault;
  return Descriptor(acceptor_.release(fault));
}

void Listener::assign(int descriptor) {
  int domain = AF_UNIX;
  int protocol = 0;
  socklen_t size = sizeof domain;
  (void)getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size);
  (void)getsockopt(descriptor, SOL_SOCKET, SO_PROTOCOL, &protocol, &size);
  acceptor_.assign(Protocol(domain, protocol), descriptor);
}

void Listener::start(Accept accept) {
  accept_ = std::move(accept);
  next();
}

void Listener::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  accept_ = nullptr;
}

std::uint16_t Listener::port() const {
  error_code closed;
  const auto at = acceptor_.local_endpoint(closed);
  if (closed) return 0;
  const auto endpoint = toTcp(at);
  return endpoint ? endpoint->port() : 0;
}

void Listener::next() {
  acceptor_.async_accept([self = shared_from_this()](error_code fault, Socket socket) {
    if (!self->acceptor_.is_open()) return;
    if (!fault) {
      self->accept_(std::move(socket));
      return self->next();
    }
    // Out of descriptors or memory: a pause, instead of asking again at once for ever.
    self->pause_.expires_after(kPause);
    self->pause_.async_wait([self](error_code cancelled) {
      if (!cancelled) self->next();
    });
  });
}

}  // namespace netctl::http
