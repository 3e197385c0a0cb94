#include "netctl/rpc/server/tls_listener.h"

#include "netctl/http/server/acceptor.h"
#include "netctl/http/server/tcp.h"
#include "netctl/http/server/tls_session.h"
#include "netctl/pki/link_stream.h"

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
class CertifiedSession : public http::TlsSession<pki::TlsConnection> {
 public:
  CertifiedSession(std::shared_ptr<http::Sessions> sessions,
                   std::shared_ptr<pki::TlsConnection> connection,
                   std::optional<http::Response> refusal, std::shared_ptr<const TlsOptions> options)
      : TlsSession(std::move(sessions), std::move(connection), std::move(refusal)),
        options_(std::move(options)),
        peer_(pki::peerAddress(stream())) {}

 protected:
  void shakenHands(error_code fault) override {
    if (fault) return turnAway(pki::handshakeFault(stream().native_handle(), fault));
    identify();
    waitForRequest();
  }

  std::optional<http::Response> refusalOf(const Header& header) override {
    if (auto refusal = HttpSession::refusalOf(header)) return refusal;
    const bool for_nodes = header.target() == kNodePath;
    if (holder_->kind == pki::Kind::Client) {
      if (!for_nodes) return {};
      return forbidden("only a node's certificate opens the node link");
    }
    if (!for_nodes) return forbidden("a node's certificate opens only the node link, at /node");
    if (!options_->on_node) return http::plainResponse(404, "no nodes are served here\n");
    if (boost::beast::iequals(header[boost::beast::http::field::upgrade], kNodeProtocol)) return {};
    return http::plainResponse(426, fmt::format("upgrade to {}\n", kNodeProtocol));
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
                               options_->on_node(std::make_shared<pki::LinkStream>(stream()),
                                                 holder_->name);
                             });
    return true;
  }

 private:
  void identify() {
    holder_ = pki::peerOf(stream());
    if (holder_ && holder_->kind != pki::Kind::Cluster) return;
    setRefusal(forbidden("this certificate is neither a client's nor a node's"));
  }

  http::Response forbidden(const std::string& reason) {
    turnAway(reason);
    return http::plainResponse(403, reason + "\n");
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

}  // namespace

class TlsListener::Impl {
 public:
  Impl(boost::asio::io_context& io, std::shared_ptr<http::Sessions> sessions, TlsOptions options)
      : sessions_(std::move(sessions)),
        options_(std::make_shared<const TlsOptions>(std::move(options))),
        acceptor_(std::make_shared<http::Acceptor<tcp>>(io)) {}

  Result<void> open() {
    auto context = pki::serverContext(options_->files);
    if (!context) return context.error();
    context_ = *std::move(context);
    return http::listenAt(acceptor_->native(), options_->host, options_->port, "NETCTL_LISTEN");
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
    std::optional<http::Response> refusal;
    if (!sessions_->admit(refusal)) return;
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto connection = std::make_shared<pki::TlsConnection>(std::move(socket), *context_);
    std::make_shared<CertifiedSession>(sessions_, std::move(connection), std::move(refusal),
                                       options_)
        ->start();
  }

  std::shared_ptr<http::Sessions> sessions_;
  std::shared_ptr<const TlsOptions> options_;
  std::shared_ptr<http::Acceptor<tcp>> acceptor_;
  pki::TlsContext context_;
};

TlsListener::TlsListener(boost::asio::io_context& io, std::shared_ptr<http::Sessions> sessions,
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
