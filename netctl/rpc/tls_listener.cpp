#include "netctl/rpc/tls_listener.h"

#include "netctl/pki/tls_stream.h"
#include "netctl/rpc/acceptor.h"
#include "netctl/rpc/http_session.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/ip/tcp.hpp>

namespace netctl::rpc {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::string_view kNodePath = "/node";
constexpr std::string_view kNodeProtocol = "netctl-node";

/// Who may do what is told by the certificate: a client everything, a node the node link only.
class TlsSession : public HttpSession<pki::TlsConnection> {
 public:
  TlsSession(std::shared_ptr<Sessions> sessions, std::shared_ptr<pki::TlsConnection> connection,
             std::optional<HttpResponse> refusal, std::shared_ptr<const TlsOptions> options)
      : HttpSession(std::move(sessions), std::move(connection), std::move(refusal)),
        options_(std::move(options)),
        peer_(pki::peerAddress(stream())) {}

 protected:
  void begin() override {
    lowest().expires_after(sessions().limits().request_timeout);
    stream().async_handshake(pki::TlsConnection::server,
                             [this, self = shared_from_this()](error_code fault) {
                               if (fault) {
                                 return turnAway(pki::handshakeFault(stream(), fault));
                               }
                               identify();
                               waitForRequest();
                             });
  }

  std::optional<HttpResponse> refusalOf(const Header& header) override {
    if (auto refusal = HttpSession::refusalOf(header)) return refusal;
    const bool for_nodes = header.target() == kNodePath;
    if (holder_->kind == pki::Kind::Client) {
      if (!for_nodes) return {};
      return forbidden("only a node's certificate opens the node link");
    }
    if (!for_nodes) return forbidden("a node's certificate opens only the node link, at /node");
    if (!options_->on_node) return plainResponse(404, "no nodes are served here\n");
    if (boost::beast::iequals(header[boost::beast::http::field::upgrade], kNodeProtocol)) return {};
    return plainResponse(426, fmt::format("upgrade to {}\n", kNodeProtocol));
  }

  bool takesOver(const Header& header) override {
    if (header.target() != kNodePath) return false;
    static constexpr std::string_view kSwitch =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: netctl-node\r\n\r\n";
    boost::asio::async_write(stream(), boost::asio::buffer(kSwitch),
                             [this, self = shared_from_this()](error_code fault, std::size_t) {
                               if (fault) return;
                               if (unread() > 0)
                                 return turnAway("it spoke before the node link was open");
                               lowest().expires_never();
                               options_->on_node(sharedStream(), holder_->name);
                             });
    return true;
  }

  void endWriting() override {
    stream().async_shutdown(
        [this, self = shared_from_this()](error_code) { HttpSession::endWriting(); });
  }

 private:
  void identify() {
    holder_ = pki::peerOf(stream());
    if (holder_ && holder_->kind != pki::Kind::Cluster) return;
    setRefusal(forbidden("this certificate is neither a client's nor a node's"));
  }

  HttpResponse forbidden(const std::string& reason) {
    turnAway(reason);
    return plainResponse(403, reason + "\n");
  }

  void turnAway(const std::string& reason) {
    spdlog::warn("rpc refused peer={} holder={} reason=\"{}\"", peer_, holder_ ? holder_->name : "",
                 reason);
    if (options_->on_refused) options_->on_refused(peer_, reason);
  }

  std::shared_ptr<const TlsOptions> options_;
  std::string peer_;
  std::optional<pki::Identity> holder_;
};

Error cannotListen(const TlsOptions& options, const error_code& fault) {
  return {ErrorCode::Kernel, "Unavailable",
          fmt::format("cannot listen at {} port {}, which NETCTL_LISTEN names: {}", options.host,
                      options.port, fault.message())};
}

}  // namespace

class TlsListener::Impl {
 public:
  Impl(boost::asio::io_context& io, std::shared_ptr<Sessions> sessions, TlsOptions options)
      : io_(io),
        sessions_(std::move(sessions)),
        options_(std::make_shared<const TlsOptions>(std::move(options))),
        acceptor_(std::make_shared<Acceptor<tcp>>(io)) {}

  Result<void> open() {
    auto context = pki::serverContext(options_->files);
    if (!context) return context.error();
    context_ = *std::move(context);
    error_code fault;
    const auto found = tcp::resolver(io_).resolve(options_->host, std::to_string(options_->port),
                                                  tcp::resolver::passive, fault);
    if (fault) return cannotListen(*options_, fault);
    const tcp::endpoint endpoint = *found.begin();
    auto& acceptor = acceptor_->native();
    acceptor.open(endpoint.protocol(), fault);
    if (!fault) acceptor.set_option(tcp::acceptor::reuse_address(true), fault);
    if (!fault) acceptor.bind(endpoint, fault);
    if (!fault) acceptor.listen(boost::asio::socket_base::max_listen_connections, fault);
    if (fault) return cannotListen(*options_, fault);
    return {};
  }

  void start() {
    acceptor_->start([this](tcp::socket socket) { admit(std::move(socket)); });
  }
  void stop() { acceptor_->stop(); }

  [[nodiscard]] std::uint16_t port() const {
    error_code closed;
    return acceptor_->native().local_endpoint(closed).port();
  }

 private:
  void admit(tcp::socket socket) {
    std::optional<HttpResponse> refusal;
    if (!sessions_->admit(refusal)) return;
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto connection = std::make_shared<pki::TlsConnection>(std::move(socket), *context_);
    std::make_shared<TlsSession>(sessions_, std::move(connection), std::move(refusal), options_)
        ->start();
  }

  boost::asio::io_context& io_;
  std::shared_ptr<Sessions> sessions_;
  std::shared_ptr<const TlsOptions> options_;
  std::shared_ptr<Acceptor<tcp>> acceptor_;
  pki::TlsContext context_;
};

TlsListener::TlsListener(boost::asio::io_context& io, std::shared_ptr<Sessions> sessions,
                         TlsOptions options)
    : impl_(std::make_unique<Impl>(io, std::move(sessions), std::move(options))) {}
TlsListener::~TlsListener() = default;

Result<void> TlsListener::open() {
  return impl_->open();
}

void TlsListener::start() {
  impl_->start();
}

void TlsListener::stop() {
  impl_->stop();
}

std::uint16_t TlsListener::port() const {
  return impl_->port();
}

}  // namespace netctl::rpc
